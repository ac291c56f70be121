# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying retention to a cluster's folder.

A backup's record is removed first, which ends the backup, and its files later; WAL goes after the backups that needed
it. So a run that is killed at any point leaves a catalogue that tells the truth, and stale files that the next run
removes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ..._core.repository.layout import backup_folder, record_key
from ..._core.retention.plan import ExpirePlan, RemoveBackup
from ..._core.retention.policy import RetentionPolicy, check_policy
from ..._io.repository.backup_hold import closed_to_holds
from ..._io.repository.backup_lock import EXPIRE, backup_lock, check_unlocked
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.stale import StalePiece, find_stale, remove_stale
from ..._io.storage.file_errors import not_readable, repository_write_error
from ..._io.storage.port import Storage
from ..._io.wal.expired import add_expired
from .survey import plan_expire
from .wal_removal import WalRemoval

Clock = Callable[[], datetime]


def rehearse_expire(
    folder: ClusterFolder, *, policy: RetentionPolicy, clock: Clock, wait_seconds: float = 0
) -> ExpirePlan:
    """What :func:`expire` would do now, and the same refusals. Writes nothing, and needs no right to.

    Raises Unavailable (``repository-not-readable``) besides.
    """
    check_policy(policy)
    check_unlocked(folder.storage, wait_seconds=wait_seconds)
    try:
        stale = find_stale(folder.storage, with_wal=True)
        return plan_expire(folder, policy=policy, now=clock(), stale=stale)
    except OSError as error:
        raise not_readable(str(error.filename or folder.path), error) from error


def expire(folder: ClusterFolder, *, policy: RetentionPolicy, clock: Clock, wait_seconds: float = 0) -> ExpirePlan:
    """Decide with nobody else at work, and remove; what was done.

    Raises InvalidInput (``option-out-of-range``), Unavailable (``backup-running`` or ``expire-running`` after
    ``wait_seconds``, ``repository-busy``, ``repository-not-writable``), and what reading the catalogue raises.
    """
    check_policy(policy)
    try:
        with backup_lock(folder.storage, what=EXPIRE, wait_seconds=wait_seconds), closed_to_holds(folder):
            stale = find_stale(folder.storage, with_wal=True)
            return _apply(plan_expire(folder, policy=policy, now=clock(), stale=stale), folder=folder, stale=stale)
    except OSError as error:
        raise repository_write_error(folder.path, error) from error


def _apply(plan: ExpirePlan, *, folder: ClusterFolder, stale: tuple[StalePiece, ...]) -> ExpirePlan:
    """Follow the plan; the result is the plan as far as it could be followed."""
    if not plan.steps:
        return plan
    left = {piece.name for piece in remove_stale(folder.storage, stale)}
    done = tuple(each for each in plan.stale if each.name not in left)
    left |= _remove(plan.backups, storage=folder.storage)
    size = folder.identity().segment_size
    add_expired(folder.storage, plan.unwanted_wal, size=size)
    removal = WalRemoval(folder.storage, plan.removable_wal, size)
    for step in plan.wal:
        removal.remove(step)
    return replace(plan, stale=done, left=tuple(sorted(left)))


def _remove(backups: tuple[RemoveBackup, ...], *, storage: Storage) -> set[str]:
    """Take the backups out of the catalogue, each before the one that it builds on, then remove their files.

    The labels of those of which something is left.
    """
    for backup in backups:
        storage.delete([record_key(backup.label)])
    return {backup.label for backup in backups if not storage.delete_below(backup_folder(backup.label))}


__all__ = ("expire", "rehearse_expire")
