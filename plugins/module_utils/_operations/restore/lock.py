# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One restore of a data directory at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ..._core.errors import Damaged, Unavailable
from ..._io.host.file_lock import lock_holders, try_lock, wait_for_lock
from ..._io.host.files import open_regular, write_failed
from ..._io.privilege.root import MAKE_LOCK, REMOVE_FILE, ask_root
from .journal import FoundJournal
from .sibling_directories import may_change_names_beside

_SUFFIX = ".pitr-lock"
# Two that end and begin at once may each find the other's file removed a few times meanwhile.
_ATTEMPTS = 20


@contextmanager
def restore_lock(data_directory: str, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock beside the data directory. That of a dead process is free, and the file goes when it is released.

    Raises Unavailable (``restore-running``, ``write-failed``).
    """
    path = os.path.realpath(data_directory) + _SUFFIX
    descriptor = _locked(path, wait_seconds=wait_seconds)
    try:
        yield
    finally:
        # Removed while it is still held, so that nobody's lock is ever on a file that has no name.
        _remove(path)
        os.close(descriptor)


@contextmanager
def journal_lock(data_directory: str, *, found: FoundJournal) -> Iterator[None]:
    """Hold the lock, with the journal still as it was found when the decision was made.

    Raises Unavailable (``restore-running``).
    """
    with restore_lock(data_directory):
        if not found.is_current:
            raise _running(os.path.realpath(data_directory) + _SUFFIX)
        yield


def is_at_work(data_directory: str) -> bool:
    """Whether somebody holds the lock of this data directory. What is another user's, or no file, is no lock."""
    try:
        descriptor = open_regular(os.path.realpath(data_directory) + _SUFFIX, follow_link=False)
    except (OSError, Damaged):
        return False
    try:
        return os.fstat(descriptor).st_uid == os.geteuid() and not try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)


def is_worked_by(data_directory: str, *, process: int) -> bool:
    """Whether it is this process that holds the lock; its number may have gone to another one since it was noted."""
    try:
        inode = os.lstat(os.path.realpath(data_directory) + _SUFFIX).st_ino
    except OSError:
        return False
    return process in lock_holders(inode)


def _locked(path: str, *, wait_seconds: float) -> int:
    for _attempt in range(_ATTEMPTS):
        descriptor = _opened(path)
        if not wait_for_lock(descriptor, seconds=wait_seconds):
            os.close(descriptor)
            raise _running(path)
        if os.path.exists(path) and os.path.samestat(os.stat(path), os.fstat(descriptor)):
            return descriptor
        os.close(descriptor)
    raise _running(path)


def _opened(path: str) -> int:
    try:
        if may_change_names_beside(path):
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        ask_root(MAKE_LOCK, path=path)
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise write_failed(path, error) from error


def _remove(path: str) -> None:
    if may_change_names_beside(path):
        os.unlink(path)
    else:
        ask_root(REMOVE_FILE, path=path)


def _running(path: str) -> Unavailable:
    return Unavailable(
        f"another restore or rollback is at work on '{path[: -len(_SUFFIX)]}'",
        code="restore-running",
        hint="Wait until it has ended, or see who holds the file '" + path + "' (fuser).",
    )


__all__ = ("is_at_work", "is_worked_by", "journal_lock", "restore_lock")
