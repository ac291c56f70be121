# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small file of the cluster's user beside its data directory, 0600: what a restore writes down of itself.

The directory above often belongs to root, who is asked where this user may not change it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..._io.host.files import (
    SMALL_FILE_BYTES,
    fsync_directory,
    open_regular,
    read_limited,
    write_durably,
    write_failed,
)
from ..._io.privilege.root import REMOVE_FILE, WRITE_FILE, ask_root
from .sibling_directories import may_change_names_beside


@dataclass(frozen=True)
class SiblingFile:
    """What a file says, and what it was when it was read."""

    text: str
    status: os.stat_result


def sibling_path(data_directory: str, suffix: str) -> str:
    """The path beside what the data directory links to, if it is a link."""
    return os.path.realpath(data_directory) + suffix


def read_sibling(path: str, *, user: int | None = None) -> SiblingFile | None:
    """The file; ``None`` where it is another user's than the one with the id ``user``, which is not read.

    Raises Damaged (``file-not-regular``, ``file-too-large``), OSError (ELOOP for a link).
    """
    descriptor = open_regular(path, follow_link=False)
    try:
        status = os.fstat(descriptor)
        if user is not None and status.st_uid != user:
            return None
        content = read_limited(descriptor, path=path, limit_bytes=SMALL_FILE_BYTES)
    finally:
        os.close(descriptor)
    return SiblingFile(content.decode("utf-8", "surrogateescape"), status)


def write_sibling(path: str, text: str) -> None:
    """Write it durably, readable by this user alone. Raises Unavailable (``write-failed``), Refused."""
    if may_change_names_beside(path):
        write_durably(path, text.encode("utf-8", "surrogateescape"), mode=0o600)
        return
    try:
        ask_root(WRITE_FILE, path=path, text=text)
    except OSError as error:
        raise write_failed(path, error) from error


def remove_sibling(path: str) -> None:
    """Remove it durably; nothing happens when there is none. Raises OSError, Refused."""
    if not os.path.lexists(path):
        return
    if may_change_names_beside(path):
        os.unlink(path)
        fsync_directory(os.path.dirname(path))
    else:
        ask_root(REMOVE_FILE, path=path)


__all__ = ("SiblingFile", "read_sibling", "remove_sibling", "sibling_path", "write_sibling")
