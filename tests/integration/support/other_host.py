# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another host, as far as one machine can be two: another host name, and a place where nothing is yet."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_HOST_NAME = 0x04000000  # CLONE_NEWUTS


@contextmanager
def named(name: str) -> Iterator[None]:
    """What is started meanwhile runs on a host of this name. Without root the name stays, and the place tells."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/uts", encoding="ascii") as before:
        _checked(libc.unshare(_NEW_HOST_NAME))
        try:
            socket.sethostname(name)
            yield
        finally:
            _checked(libc.setns(before.fileno(), _NEW_HOST_NAME))


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


__all__ = ("named",)
