# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaces a file in an open directory."""

from __future__ import annotations

import os

from .controllers import WalkedPath, sync_directory

NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def replace_file(place: WalkedPath, content: bytes, *, mode: int, owner: tuple[int, int]) -> None:
    """Replace what lies there so that after a crash there is the old or the new file, whole. Raises OSError.

    Owner (uid, gid) and mode are set before the file gets its name; one that could not be written is removed.
    """
    temporary = f"{place.name}.{os.urandom(8).hex()}.tmp"
    descriptor = os.open(temporary, NEW_FILE, 0o600, dir_fd=place.directory)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchown(stream.fileno(), *owner)
            os.fchmod(stream.fileno(), mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(temporary, place.name, src_dir_fd=place.directory, dst_dir_fd=place.directory)
    except BaseException:
        os.unlink(temporary, dir_fd=place.directory)
        raise
    sync_directory(place)


__all__ = ("NEW_FILE", "replace_file")
