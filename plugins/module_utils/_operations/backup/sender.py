# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending the archives of a backup while pg_basebackup writes them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .growing_archives import GrowingArchives

# An archive's end is only known when all is written; of a storage that does not answer nobody waits for the error.
_ABORT_SECONDS = 30.0


class Sender(threading.Thread):
    """Sends one after the other, in the order in which they are written; ``send`` gets the name."""

    def __init__(self, archives: GrowingArchives, send: Callable[[str], None]) -> None:
        super().__init__(daemon=True)
        self._archives = archives
        self._send = send
        self._error: BaseException | None = None

    def run(self) -> None:
        """Send until no more comes."""
        try:
            for name in self._archives:
                self._send(name)
        except BaseException as error:  # noqa: BLE001 - it is raised again by the thread that asks
            self._error = error

    def check(self) -> None:
        """Raise what was met so far."""
        # pg_basebackup removes its files when it fails, and has more to say of that.
        if self._error is not None and not isinstance(self._error, FileNotFoundError):
            raise self._error

    def finish(self, *, tell: Callable[[], None], every_seconds: float = 1.0) -> None:
        """Wait until all is sent, and ``tell`` so meanwhile. Raises what was met."""
        self.join(every_seconds)
        while self.is_alive():
            tell()
            self.join(every_seconds)
        if self._error is not None:
            raise self._error

    def abort(self) -> None:
        """Stop sending. What was sent by halves is not stored."""
        self._archives.abort()
        if self.is_alive():
            self.join(_ABORT_SECONDS)


__all__ = ("Sender",)
