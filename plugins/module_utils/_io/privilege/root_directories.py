# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root does beside a directory of the account, in a directory that root alone controls.

Whoever asks may have been taken over: it gains nothing by any of this. Names are only made, exchanged and removed
beside a directory that is the account's own already, or that the administrator named; what is made is the account's.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from ..._core.errors import Refused
from ..._core.path_text import is_within
from ..._core.restore.swap.swap_pair import sibling_pair
from .account import Account
from .controllers import WalkedPath, sync_directory, walked
from .replace_file import NEW_FILE, replace_file

JOURNAL_SUFFIX = ".pitr-journal.json"
JOB_SUFFIX = ".pitr-job.json"
LOCK_SUFFIX = ".pitr-lock"
_FILES = (JOURNAL_SUFFIX, JOB_SUFFIX, LOCK_SUFFIX)
_MAX_FILE_BYTES = 16 * 1024 * 1024


class RootDirectories:
    """Acts for one account. ``named`` are the directories that the administrator named, without links."""

    def __init__(self, account: Account, *, named: frozenset[str]) -> None:
        self._account = account
        self._named = named

    def make_directory(self, path: str) -> None:
        """Make an empty directory of the account, 0700. Raises OSError, Refused (``place-not-trusted``)."""
        with self._trusted(path) as place:
            os.mkdir(place.name, 0o700, dir_fd=place.directory)
            self._give(place)
            sync_directory(place)

    def give_directory(self, path: str) -> None:
        """Let an empty directory of root's belong to the account; nothing happens to another one.

        Never one above a directory that was named, such as an empty /opt.
        """
        with self._trusted(path) as place:
            if not self._is_ours(place, above_named=False):
                raise _not_trusted(path, "lies above the directory that was named")
            if place.is_directory and place.status is not None and place.status.st_uid == 0:
                self._give(place)

    def remove_directory(self, path: str) -> None:
        """Remove an empty directory of the account."""
        with self._trusted(path) as place:
            self._check_own(place)
            os.rmdir(place.name, dir_fd=place.directory)
            sync_directory(place)

    def rename(self, source: str, destination: str) -> None:
        """Give a directory of the account another name beside it."""
        with self._trusted(source) as one, self._trusted(destination) as other:
            self._check_own(one)
            if other.status is not None:
                raise FileExistsError(errno.EEXIST, "there is something already", destination)
            os.rename(one.name, other.name, src_dir_fd=one.directory, dst_dir_fd=other.directory)
            sync_directory(one)
            sync_directory(other)

    def check_record(self, directory: str) -> None:
        """Return when the account has a job on this data directory. Raises Refused (``place-not-trusted``), OSError."""
        with walked(os.path.realpath(directory) + JOB_SUFFIX) as place:
            status = place.status
            if status is None or not stat.S_ISREG(status.st_mode) or status.st_uid != self._account.uid:
                raise _not_trusted(directory, "has no record of a job of this account")

    def write_file(self, path: str, text: str) -> None:
        """Replace the journal of a restore, or the record of its job, durably, 0600, the account's."""
        content = text.encode("utf-8", "surrogateescape")
        if len(content) > _MAX_FILE_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        suffix = JOB_SUFFIX if path.endswith(JOB_SUFFIX) else JOURNAL_SUFFIX
        with self._trusted(path, suffix=suffix) as place:
            replace_file(place, content, mode=0o600, owner=(self._account.uid, self._account.gid))

    def make_lock(self, path: str) -> None:
        """Make the lock's file, the account's, if there is none."""
        with self._trusted(path, suffix=LOCK_SUFFIX) as place:
            if place.status is None:
                descriptor = os.open(place.name, NEW_FILE, 0o600, dir_fd=place.directory)
                os.fchown(descriptor, self._account.uid, self._account.gid)
                os.close(descriptor)

    def remove_file(self, path: str) -> None:
        """Remove the journal, the job's record or the lock; nothing happens when there is none."""
        suffix = next((suffix for suffix in _FILES if path.endswith(suffix)), JOURNAL_SUFFIX)
        with self._trusted(path, suffix=suffix) as place:
            if place.status is not None:
                os.unlink(place.name, dir_fd=place.directory)
                sync_directory(place)

    @contextmanager
    def _trusted(self, path: str, *, suffix: str = "") -> Iterator[WalkedPath]:
        if not path.endswith(suffix) or os.path.normpath(path) != path:
            raise _not_trusted(path, "is no name that a restore uses")
        with walked(os.path.dirname(path)) as parent:
            where = os.path.join(parent.path, os.path.basename(path))
        with walked(where) as place:
            if place.path != where or place.name in (".", ".."):
                raise _not_trusted(path, "is a link")
            if place.controllers != frozenset({0}):
                raise _not_trusted(path, "lies in a directory that not only root can change")
            if not self._is_ours(place):
                raise _not_trusted(path, f"is not beside a directory of '{self._account.name}', and nobody named it")
            yield place

    def _is_ours(self, place: WalkedPath, *, above_named: bool = True) -> bool:
        live = place.path
        for suffix in (".pitr-new", ".pitr-old", ".pitr-undone", *_FILES):
            live = live.removesuffix(suffix) if live.endswith(suffix) else live
        if any(is_within(live, named) or (above_named and is_within(named, live)) for named in self._named):
            return True
        return any(self._owns(path, place=place) for path in sibling_pair(live).paths)

    def _owns(self, path: str, *, place: WalkedPath) -> bool:
        try:
            status = os.stat(os.path.basename(path), dir_fd=place.directory, follow_symlinks=False)
        except OSError:
            return False
        return status.st_uid == self._account.uid and stat.S_ISDIR(status.st_mode)

    def _check_own(self, place: WalkedPath) -> None:
        if not place.is_directory or place.status is None or place.status.st_uid != self._account.uid:
            raise _not_trusted(place.path, f"is no directory of '{self._account.name}'")

    def _give(self, place: WalkedPath) -> None:
        descriptor = os.open(place.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place.directory)
        try:
            # A new file system's own directory is root's, and stays so.
            if set(os.listdir(descriptor)) - {"lost+found"}:
                raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), place.path)
            os.fchown(descriptor, self._account.uid, self._account.gid)
        finally:
            os.close(descriptor)


def _not_trusted(path: str, reason: str) -> Refused:
    return Refused(
        f"root does nothing to '{path}', which {reason}",
        code="place-not-trusted",
        hint="Give the directory above it to the user that PostgreSQL runs as, or let root alone write to it.",
    )


__all__ = ("JOB_SUFFIX", "JOURNAL_SUFFIX", "LOCK_SUFFIX", "RootDirectories")
