# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying retention to a cluster's folder.

A backup's directory is renamed first, which hides it, and removed later; WAL goes after the backups that needed it. So
a run that is killed at any point leaves a catalogue that tells the truth, and rubbish that the next run removes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ..._core.retention.plan import ExpirePlan, RemoveBackup
from ..._core.retention.policy import RetentionPolicy, check_policy
from ..._io.host.files import fsync_directory
from ..._io.repository.backup_hold import closed_to_holds
from ..._io.repository.backup_lock import EXPIRE, backup_lock, check_unlocked
from ..._io.repository.cluster_folder import ClusterFolder, backup_directory
from ..._io.repository.stale import expired_directory, remove_stale_files
from ..._io.storage.read_error import not_readable
from ..._io.storage.write_errors import repository_write_error
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
    check_unlocked(folder.backups_directory, wait_seconds=wait_seconds)
    try:
        return plan_expire(folder, policy=policy, now=clock())
    except OSError as error:
        raise not_readable(str(error.filename or folder.path), error) from error


def expire(folder: ClusterFolder, *, policy: RetentionPolicy, clock: Clock, wait_seconds: float = 0) -> ExpirePlan:
    """Decide with nobody else at work, and remove; what was done.

    Raises InvalidInput (``option-out-of-range``), Unavailable (``backup-running`` or ``expire-running`` after
    ``wait_seconds``, ``repository-busy``, ``repository-not-writable``), and what reading the catalogue raises.
    """
    check_policy(policy)
    backups = folder.backups_directory
    try:
        with backup_lock(backups, what=EXPIRE, wait_seconds=wait_seconds), closed_to_holds(folder):
            plan = plan_expire(folder, policy=policy, now=clock())
            return _apply(plan, folder=folder)
    except OSError as error:
        raise repository_write_error(backups, error) from error


def _apply(plan: ExpirePlan, *, folder: ClusterFolder) -> ExpirePlan:
    """Follow the plan; the result is the plan as far as it could be followed."""
    if not plan.steps:
        return plan
    place = folder.backups_directory
    left = [each.name for each in plan.stale if not remove_stale_files(os.path.join(place, each.name))]
    done = tuple(each for each in plan.stale if each.name not in left)
    _hide(plan.backups, folder=folder)
    hidden = (expired_directory(place, label=backup.label) for backup in plan.backups)
    left += [os.path.basename(path) for path in hidden if not remove_stale_files(path)]
    size = folder.identity().segment_size
    add_expired(folder.path, plan.unwanted_wal, size=size)
    removal = WalRemoval(folder, plan.removable_wal, size)
    for step in plan.wal:
        removal.remove(step)
    return replace(plan, stale=done, left=tuple(left))


def _hide(backups: tuple[RemoveBackup, ...], *, folder: ClusterFolder) -> None:
    """Take the backups out of the catalogue, each before the one that it builds on."""
    for backup in backups:
        os.rename(
            backup_directory(folder, backup.label), expired_directory(folder.backups_directory, label=backup.label)
        )
        fsync_directory(folder.backups_directory)


__all__ = ("expire", "rehearse_expire")
