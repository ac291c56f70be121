# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing files of a directory, and what killed writers have left there."""

from __future__ import annotations

import os
import shutil
import time

from ..._core.repository.layout import is_old_temporary, is_temporary
from ..host.file_lock import try_lock
from .file_lease import is_still
from .place import Place, fsync_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Earlier releases had no lock on what they wrote, and wrote small files only.
_OLD_SECONDS = 3600.0


def delete_files(place: Place, keys: Iterable[str]) -> None:
    """What :meth:`Storage.delete` does: directories that become empty go too, but for those at the top."""
    folder = None
    try:
        for key in keys:
            if folder is not None and key.rpartition("/")[0] != folder:
                _leave(place, folder)
            folder = key.rpartition("/")[0]
            try:
                os.unlink(place.address(key))
            except FileNotFoundError:
                continue
        if folder is not None:
            _leave(place, folder)
    except OSError as error:
        place.refuse(folder or "", error)


def _leave(place: Place, folder: str) -> None:
    """Make durable what was removed from a folder, by removing it where nothing is left."""
    while "/" in folder:
        try:
            os.rmdir(place.address(folder))
        except FileNotFoundError:
            pass
        except OSError:
            # Something lies in it, or a writer has begun: it stays.
            break
        folder = folder.rpartition("/")[0]
    try:
        fsync_path(place.address(folder))
    except FileNotFoundError:
        # Nothing of this folder was ever stored, unless the place itself is away.
        place.check_there()


def remove_tree(path: str) -> bool:
    """What :meth:`Storage.delete_below` does.

    Something may stay, such as a file on NFS that somebody has open (``.nfs…``).
    """
    shutil.rmtree(path, ignore_errors=True)
    return not os.path.lexists(path)


def unlocked_temporaries(place: Place, prefix: str, *, is_deep: bool) -> list[str]:
    """What :meth:`Storage.unfinished` tells, sorted."""
    top = place.address(prefix)
    found = []
    for directory, folders, names in os.walk(top):
        if not is_deep:
            folders.clear()
        key = directory[len(place.root) + 1 :]
        found += [f"{key}/{name}" if key else name for name in names if _may_be_stale(name)]
    return sorted(key for key in found if _is_stale(place.address(key)))


def discard_temporaries(place: Place, keys: Iterable[str]) -> None:
    """What :meth:`Storage.discard` does."""
    for key in keys:
        path = place.address(key)
        for _descriptor in _locked(path):
            if _is_stale_name(path):
                os.unlink(path)


def _may_be_stale(name: str) -> bool:
    return is_temporary(name) or is_old_temporary(name)


def _is_stale(path: str) -> bool:
    return any(_is_stale_name(path) for _descriptor in _locked(path))


def _is_stale_name(path: str) -> bool:
    """Whether a file that nobody has locked is left over: one that was never locked has to be old."""
    if is_temporary(os.path.basename(path)):
        return True
    return time.time() - os.stat(path).st_mtime > _OLD_SECONDS


def _locked(path: str) -> Iterator[int]:
    """The descriptor of the file while it is locked; nothing when somebody else has it, or it is gone."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        # It has just been finished, or belongs to somebody else.
        return
    try:
        if _try(descriptor) and is_still(path, descriptor):
            yield descriptor
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        return try_lock(descriptor)
    except OSError:
        # NFS locks nothing for itself alone that is open for reading only.
        return False


__all__ = ("delete_files", "discard_temporaries", "remove_tree", "unlocked_temporaries")
