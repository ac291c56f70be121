# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP ports that no two test processes of a machine share, without a file to clean up."""

from __future__ import annotations

import os
import socket

# Below Linux's ephemeral range, above the ports that services use.
FIRST_PORT = 20000
LAST_PORT = 31999


class PortLease:
    """A port that is this process's own until the lease is released or the process ends.

    The lease is an abstract Unix socket named after the port: the kernel gives it to one process of the machine and
    takes it back when that process dies, however it dies, and whoever it runs as.
    """

    def __init__(self, port: int, lock: socket.socket) -> None:
        self.port = port
        self._lock = lock

    @classmethod
    def take(cls) -> PortLease:
        """The next free port; begins at a place that differs between processes."""
        span = LAST_PORT - FIRST_PORT + 1
        start = (os.getpid() * 37) % span
        for step in range(span):
            port = FIRST_PORT + (start + step) % span
            lock = _lock(port)
            if lock is None:
                continue
            if _is_free(port):
                return cls(port, lock)
            lock.close()
        raise RuntimeError(f"no free TCP port between {FIRST_PORT} and {LAST_PORT}")

    def release(self) -> None:
        """Let others have the port."""
        self._lock.close()


def _lock(port: int) -> socket.socket | None:
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        lock.bind(f"\0pgfleet-pitr-test-port-{port}")
    except OSError:
        lock.close()
        return None
    return lock


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
