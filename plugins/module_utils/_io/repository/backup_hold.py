# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holding backups: retention cannot delete a backup that a restore is reading.

A holder shares a lease on the backup's record, which is never rewritten. Retention closes the gate for its short run,
so that nobody begins to hold what it has already decided to remove.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from ..._core.errors import Busy, Missing, Unavailable
from ..._core.repository.layout import BACKUPS, HOLDS_LOCK, record_key
from ..storage.port import Lease
from .backup_lock import EXPIRE, EXPIRE_PATIENCE_SECONDS, backup_running, lock_holder
from .cluster_folder import ClusterFolder

# Somebody who only asks whether a backup is held has it for himself for a moment.
_ASKING_SECONDS = 5.0


@contextmanager
def hold_backups(
    folder: ClusterFolder, labels: Iterable[str], *, patience_seconds: float = EXPIRE_PATIENCE_SECONDS
) -> Iterator[None]:
    """Keep these backups, and the WAL from their beginnings on, from being removed by retention.

    A retention that runs is waited for. Once this holds, what is there stays: look at the backups and the WAL again
    if the decision to use them was made before. A dead holder holds nothing. Raises Unavailable (``backup-removed``,
    ``expire-running``, ``repository-busy``).
    """
    wanted = tuple(dict.fromkeys(labels))
    with ExitStack() as held:
        for one in folder.members:
            # Where one of several repositories has a backup no more, another has it, or it is missing in all.
            there = [label for label in wanted if len(folder.members) == 1 or one.has_backup(label)]
            if not there:
                continue
            with _gate(one, shared=True, patience_seconds=patience_seconds):
                for label in there:
                    held.enter_context(_hold(one, label))
        for label in wanted:
            if not folder.holders(label):
                raise _removed(label)
        yield


def closed_to_holds(folder: ClusterFolder, *, patience_seconds: float = 60) -> Lease:
    """Let nobody begin to hold a backup meanwhile. Holds that are there stay, see :func:`held_labels`.

    Raises Unavailable (``repository-busy``).
    """
    return _gate(folder, shared=False, patience_seconds=patience_seconds)


def held_labels(folder: ClusterFolder, labels: Iterable[str]) -> frozenset[str]:
    """Which of these backups somebody holds now. Writes nothing."""
    return frozenset(label for label in labels if folder.storage.is_held(record_key(label)))


def _gate(folder: ClusterFolder, *, shared: bool, patience_seconds: float) -> Lease:
    try:
        return folder.storage.lease(HOLDS_LOCK, shared=shared, wait_seconds=patience_seconds)
    except Busy:
        raise _busy(folder, seconds=patience_seconds) from None


def _hold(folder: ClusterFolder, label: str) -> Lease:
    """The lease that holds the backup."""
    try:
        return folder.storage.lease(record_key(label), shared=True, wait_seconds=_ASKING_SECONDS, is_stored=True)
    except Missing:
        raise _removed(label) from None
    except Busy:
        raise _busy(folder, seconds=_ASKING_SECONDS, name=record_key(label)) from None


def _removed(label: str) -> Unavailable:
    return Unavailable(
        f"the backup '{label}' is not in the repository any more: retention has removed it",
        code="backup-removed",
        hint="Plan again; the plan takes another backup if one leads to the target.",
    )


def _busy(folder: ClusterFolder, *, seconds: float, name: str = HOLDS_LOCK) -> Unavailable:
    holder = lock_holder(folder.storage)
    if holder is not None and holder.what == EXPIRE:
        return backup_running(folder.storage, holder=holder)
    return Unavailable(
        f"the backups in '{folder.storage.address(BACKUPS)}' have been locked for more than {seconds:g} seconds",
        code="repository-busy",
        hint=f"See which process holds the file '{folder.storage.address(name)}' (fuser), and try again.",
    )


__all__ = ("closed_to_holds", "held_labels", "hold_backups")
