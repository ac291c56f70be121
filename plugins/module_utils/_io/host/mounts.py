# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mount points of this host."""

from __future__ import annotations

import re

from .files import read_text

_MOUNTS = "/proc/self/mountinfo"
_ESCAPED = re.compile(r"\\([0-7]{3})")


def mount_points(text: str | None = None) -> frozenset[str]:
    """Where file systems and parts of them are mounted, also by ``mount --bind``, which no device number shows.

    ``text`` is the content of ``/proc/self/mountinfo``; source: the manual page proc(5).

    >>> sorted(mount_points("24 1 8:1 / / rw - ext4 /dev/sda1 rw\\n30 24 8:2 / /a\\\\040b rw - ext4 /dev/sda2 rw\\n"))
    ['/', '/a b']
    """
    lines = (read_text(_MOUNTS) or "").splitlines() if text is None else text.splitlines()
    fields = (line.split(" ") for line in lines)
    return frozenset(
        _ESCAPED.sub(lambda match: chr(int(match.group(1), 8)), each[4]) for each in fields if len(each) > 4
    )


def file_system_type(mount_point: str, *, text: str | None = None) -> str:
    """What kind of file system is mounted there, such as ``tmpfs``; empty where none is. ``text`` as above.

    >>> file_system_type("/dev/shm", text="30 24 0:25 / /dev/shm rw shared:4 - tmpfs tmpfs rw\\n")
    'tmpfs'
    """
    lines = (read_text(_MOUNTS) or "").splitlines() if text is None else text.splitlines()
    found = ""
    for line in lines:
        place, _separator, kind = line.partition(" - ")
        if place.split(" ")[4:5] == [mount_point]:
            # The last one covers those before.
            found = kind.partition(" ")[0]
    return found


__all__ = ("file_system_type", "mount_points")
