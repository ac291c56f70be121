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


__all__ = ("mount_points",)
