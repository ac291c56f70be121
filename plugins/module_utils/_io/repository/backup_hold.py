# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holding backups: what a restore reads is not removed under its hands.

A holder has a shared lock on the backup's record, which is never rewritten. Retention closes the gate for its short
run, so that nobody begins to hold what it has already decided to remove.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from ..._core.catalogue.record import RECORD_NAME
from ..._core.errors import Unavailable
from ..host.file_lock import wait_for_lock
from ..storage.write_errors import repository_write_error
from .backup_lock import EXPIRE, EXPIRE_PATIENCE_SECONDS, backup_running, lock_holder
from .cluster_folder import ClusterFolder, backup_directory

_GATE = ".hold.lock"
# Somebody who only asks whether a backup is held has it for himself for a moment.
_ASKING_SECONDS = 5.0
_HELD_SECONDS = 0.2


@contextmanager
def hold_backups(
    folder: ClusterFolder, labels: Iterable[str], *, patience_seconds: float = EXPIRE_PATIENCE_SECONDS
) -> Iterator[None]:
    """Keep these backups, and the WAL from their beginnings on, from being removed by retention.

    A retention that runs is waited for. Once this holds, what is there stays: look at the backups and the WAL again
    if the decision to use them was made before. A dead holder holds nothing. Raises Unavailable (``backup-removed``,
    ``expire-running``, ``repository-busy``).
    """
    with ExitStack() as held:
        with _gate_open(folder, patience_seconds=patience_seconds):
            for label in dict.fromkeys(labels):
                held.callback(os.close, _hold(folder, label))
        yield


@contextmanager
def closed_to_holds(folder: ClusterFolder, *, patience_seconds: float = 60) -> Iterator[None]:
    """Let nobody begin to hold a backup meanwhile. Holds that are there stay, see :func:`held_labels`.

    Raises Unavailable (``repository-busy``).
    """
    path = os.path.join(folder.backups_directory, _GATE)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if not wait_for_lock(descriptor, seconds=patience_seconds):
            raise _busy(folder, seconds=patience_seconds)
        yield
    finally:
        os.close(descriptor)


def held_labels(folder: ClusterFolder, labels: Iterable[str]) -> frozenset[str]:
    """Which of these backups somebody holds now. Writes nothing."""
    return frozenset(label for label in labels if _is_held(os.path.join(backup_directory(folder, label), RECORD_NAME)))


@contextmanager
def _gate_open(folder: ClusterFolder, *, patience_seconds: float) -> Iterator[None]:
    descriptor = _open_gate(folder)
    try:
        # Without a gate this is a repository that can only be read, in which no retention has run yet.
        if descriptor is not None and not wait_for_lock(descriptor, seconds=patience_seconds, shared=True):
            raise _busy(folder, seconds=patience_seconds)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open_gate(folder: ClusterFolder) -> int | None:
    path = os.path.join(folder.backups_directory, _GATE)
    try:
        return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno in (errno.EROFS, errno.EACCES) and not os.path.exists(path):
            return None
        raise repository_write_error(path, error) from error


def _hold(folder: ClusterFolder, label: str) -> int:
    """The descriptor whose lock holds the backup."""
    path = os.path.join(backup_directory(folder, label), RECORD_NAME)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _removed(label) from None
    is_locked = wait_for_lock(descriptor, seconds=_ASKING_SECONDS, shared=True)
    if is_locked and _is_still(path, descriptor):
        return descriptor
    os.close(descriptor)
    raise _removed(label) if is_locked else _busy(folder, seconds=_ASKING_SECONDS, name=f"{label}/{RECORD_NAME}")


def _is_held(path: str) -> bool:
    try:
        descriptor = _open_to_ask(path)
    except FileNotFoundError:
        return False
    try:
        return not wait_for_lock(descriptor, seconds=_HELD_SECONDS)
    except OSError as error:
        if error.errno != errno.EBADF:
            raise
        # Mounted by NFS for reading only: nothing is removed from here, so this is only said.
        return False
    finally:
        os.close(descriptor)


def _open_to_ask(path: str) -> int:
    """Over NFS a lock that excludes others needs a file open for writing; a rehearsal may have to do without."""
    flags = os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(path, os.O_RDWR | flags)
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES):
            raise
        return os.open(path, os.O_RDONLY | flags)


def _is_still(path: str, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _removed(label: str) -> Unavailable:
    return Unavailable(
        f"the backup '{label}' is not in the repository any more: retention has removed it",
        code="backup-removed",
        hint="Plan again; the plan takes another backup if one leads to the target.",
    )


def _busy(folder: ClusterFolder, *, seconds: float, name: str = _GATE) -> Unavailable:
    holder = lock_holder(folder.backups_directory)
    if holder is not None and holder.what == EXPIRE:
        return backup_running(folder.backups_directory, holder=holder)
    return Unavailable(
        f"the backups in '{folder.backups_directory}' have been locked for more than {seconds:g} seconds",
        code="repository-busy",
        hint=f"See which process holds the file '{name}' there (fuser), and try again.",
    )


__all__ = ("closed_to_holds", "held_labels", "hold_backups")
