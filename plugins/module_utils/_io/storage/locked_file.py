# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that one process holds at a time while it writes another one, and that a killed one leaves to the next."""

from __future__ import annotations

import os
import time

from ..._core.errors import Busy
from ..host.temporary_file import is_still, lock_now

_PAUSE_SECONDS = 0.02
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


def take_turn(path: str, *, timeout_seconds: float = 60) -> tuple[int, bool]:
    """A descriptor of the file at ``path``, made and locked until it is closed, and whether a killed process left one.

    Nothing is ever written into it. While another process holds the lock this waits. Raises Busy
    (``repository-busy``) after ``timeout_seconds``, and OSError from the file system.
    """
    deadline = time.monotonic() + timeout_seconds
    has_left = False
    while True:
        descriptor, is_new = _open(path)
        try:
            if descriptor >= 0 and lock_now(descriptor) and is_still(path, descriptor):
                if is_new:
                    kept, descriptor = descriptor, -1
                    return kept, has_left
                has_left = True
                os.unlink(path)
                continue
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        if time.monotonic() > deadline:
            raise Busy(
                f"another process has been writing '{path}' for more than {timeout_seconds:g} seconds",
                code="repository-busy",
                hint="PostgreSQL tries again by itself; if it stays, see which process holds the file (fuser).",
            )
        time.sleep(_PAUSE_SECONDS)


def _open(path: str) -> tuple[int, bool]:
    """The file (-1: it went away meanwhile), and whether it is new."""
    try:
        return os.open(path, _NEW, 0o600), True
    except FileExistsError:
        pass
    try:
        return os.open(path, _OLD), False
    except FileNotFoundError:
        return -1, False


__all__ = ("take_turn",)
