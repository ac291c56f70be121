# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks on open files that end with the process that holds them."""

from __future__ import annotations

import fcntl

from .wait import wait_until

_PAUSE_SECONDS = 0.05


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock the open file, alone or together with others that share; ``False`` when somebody's lock excludes this."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_for_lock(descriptor: int, *, seconds: float, shared: bool = False) -> bool:
    """The same, waiting for at most so many seconds."""
    return wait_until(lambda: try_lock(descriptor, shared=shared), seconds=seconds, pause_seconds=_PAUSE_SECONDS)


def lock_holders(inode: int) -> frozenset[int]:
    """The processes that hold a lock on a file of this number, as the kernel tells; those of other containers are not
    told. Source: proc_locks(5)."""
    with open("/proc/locks", encoding="ascii") as locks:
        fields = [line.split() for line in locks]
    # Whoever waits for one has an arrow in the second place. The device is not compared: on btrfs it is another one.
    held = [each for each in fields if each[1] in ("FLOCK", "POSIX") and each[5].rpartition(":")[2] == str(inode)]
    return frozenset(int(each[4]) for each in held)


__all__ = ("lock_holders", "try_lock", "wait_for_lock")
