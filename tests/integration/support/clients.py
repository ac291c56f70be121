# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that try to get in, again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

import psycopg2


class Clients:
    """Inside, one client after the other tries to connect; `met` is how each that got in found the server.

    A client that gets in keeps its snapshot, as a long query would.
    """

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._knock, daemon=True)
        self._inside: list[Any] = []
        self.refused: list[str] = []
        self.met: list[str] = []

    def __enter__(self) -> Clients:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        for connection in self._inside:
            connection.close()

    def _knock(self) -> None:
        while not self._over.wait(0.02):
            try:
                connection = self._connect()
            except psycopg2.Error as error:
                self.refused.append(str(error))
                continue
            try:
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT CASE WHEN NOT pg_is_in_recovery() THEN 'open' ELSE pg_get_wal_replay_pause_state() END"
                    )
                    self.met.append(str(cursor.fetchall()[0][0]))
            except psycopg2.Error as error:
                self.refused.append(str(error))
            if len(self._inside) < 5:
                self._inside.append(connection)
            else:
                connection.close()
