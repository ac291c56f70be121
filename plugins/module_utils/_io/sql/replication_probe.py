# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a server for a replication connection before pg_basebackup does, to learn why it would refuse.

PostgreSQL translates its messages, and says SQLSTATE only in its own protocol; pg_basebackup prints the message alone.
"""

from __future__ import annotations

import os
import socket

from ..._core.postgres.startup_message import TERMINATE, ServerRefusal, read_answer, replication_startup

_TIMEOUT_SECONDS = 10


def probe_replication(*, socket_directory: str, port: int, user: str) -> ServerRefusal | None:
    """The server's refusal; ``None`` when it lets ``user`` in, asks for a password, or cannot be asked.

    Acts as the effective user, as peer authentication needs. The connection is ended at once.
    """
    if not socket_directory:
        return None
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_TIMEOUT_SECONDS)
            connection.connect(os.path.join(socket_directory, f".s.PGSQL.{port}"))
            connection.sendall(replication_startup(user))
            return _answer(connection)
    except OSError:
        # What is wrong with the connection itself, pg_basebackup will say.
        return None


def _answer(connection: socket.socket) -> ServerRefusal | None:
    received = b""
    while True:
        answer = read_answer(received)
        if isinstance(answer, ServerRefusal):
            return answer
        if answer:
            connection.sendall(TERMINATE)
            return None
        piece = connection.recv(8192)
        if not piece:
            return None
        received += piece


__all__ = ("probe_replication",)
