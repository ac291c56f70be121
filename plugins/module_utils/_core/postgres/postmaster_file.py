# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file ``postmaster.pid`` of a data directory."""

from __future__ import annotations

from dataclasses import dataclass

STARTING = "starting"
STOPPING = "stopping"
READY = "ready"
STANDBY = "standby"


@dataclass(frozen=True)
class PostmasterFile:
    """The contents of ``postmaster.pid`` of a running server.

    ``socket_directory`` is empty without a Unix socket, ``status`` is one of the constants, or empty until the server
    has written it. Source: PostgreSQL, ``src/include/utils/pidfile.h``.
    """

    pid: int
    data_directory: str
    port: int | None
    socket_directory: str
    listen_address: str
    status: str

    @classmethod
    def parse(cls, text: str) -> PostmasterFile | None:
        """Parse the file; ``None`` if it has no process id (yet).

        >>> PostmasterFile.parse("17\\n/d\\n1760000000\\n5432\\n/run\\n*\\n  1  2\\nready   \\n").status
        'ready'
        """
        lines = [line.strip() for line in text.splitlines()]
        lines += [""] * (8 - len(lines))
        if not lines[0].lstrip("-").isdigit():
            return None
        # A standalone backend writes its id negated, and owns the directory just as well.
        pid = abs(int(lines[0]))
        port = int(lines[3]) if lines[3].isdigit() else None
        return cls(pid, lines[1], port, lines[4], lines[5], lines[7])

    @property
    def accepts_connections(self) -> bool:
        """Whether the server is up: accepting connections, or as far as a recovery without hot standby gets."""
        return self.status in (READY, STANDBY)

    @property
    def is_stopping(self) -> bool:
        """Whether the server was told to stop, and has not ended yet."""
        return self.status == STOPPING


__all__ = ("READY", "STANDBY", "STARTING", "STOPPING", "PostmasterFile")
