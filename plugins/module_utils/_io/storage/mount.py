# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mount guard: what should be a mounted file system and is not is refused, not filled."""

from __future__ import annotations

import os

from ..._core.errors import Unavailable

_MOUNTS = "/proc/self/mountinfo"
_MOUNT_POINT_FIELD = 4


def check_mounted(mount_point: str | None) -> None:
    """Return when nothing has to be mounted, or it is. Raises Unavailable (``repository-not-mounted``)."""
    if mount_point and not os.path.ismount(mount_point) and not _is_bind_mount(mount_point):
        raise Unavailable(
            f"'{mount_point}' is not a mount point now, and the repository lies on it",
            code="repository-not-mounted",
            hint="Mount the repository's file system; what should be there is never written underneath.",
        )


def _is_bind_mount(mount_point: str) -> bool:
    """Whether the kernel lists it: a directory mounted from the same file system looks like any other (containers)."""
    try:
        with open(_MOUNTS, "rb") as stream:
            lines = stream.read().splitlines()
    except OSError:
        # No Linux, or no /proc: what the file system said stands.
        return False
    wanted = _escaped(os.fsencode(os.path.realpath(mount_point)))
    return any(line.split(b" ")[_MOUNT_POINT_FIELD] == wanted for line in lines)


def _escaped(path: bytes) -> bytes:
    """A path as the kernel writes it there. Source: Linux, ``fs/proc_namespace.c`` (``show_mountinfo``)."""
    for character in (b"\\", b" ", b"\t", b"\n", b"#"):
        path = path.replace(character, b"\\%03o" % character[0])
    return path


__all__ = ("check_mounted",)
