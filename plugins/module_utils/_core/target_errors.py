# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a recovery target cannot be reached, and what can."""

from __future__ import annotations

from collections.abc import Iterable

from .backup import Backup
from .errors import InvalidInput, Missing, PitrError, Refused
from .instant import format_instant
from .lsn import Lsn
from .recovery_target import NAME, RecoveryTarget
from .wal_event import WalEvent

# Reasons after which the target may still lie on another timeline.
_ELSEWHERE = frozenset(
    {"target-after-last-commit", "target-unreachable", "target-before-first-backup", "backup-missing"}
)


def may_lie_elsewhere(error: PitrError) -> bool:
    """Whether the search goes on with other timelines after this error."""
    return error.code in _ELSEWHERE


def before_first_backup(target: RecoveryTarget, backup: Backup) -> InvalidInput:
    """The target is earlier than anything that can be restored."""
    return InvalidInput(
        f"target_{target.kind} '{target}' lies before the end of the first backup that could be used, {backup.label}",
        code="target-before-first-backup",
        hint=f"The earliest moment there is: time {format_instant(backup.stop_time)}, LSN {backup.stop_lsn}.",
    )


def inside_backup(backup: Backup) -> InvalidInput:
    """The target lies between the beginning and the end of the backup."""
    return InvalidInput(
        f"the target lies inside the backup {backup.label}, before it is consistent at {backup.stop_lsn}",
        code="target-before-first-backup",
        hint="Choose a target after the backup's end, or an older backup with 'pitr_restore_backup'.",
    )


def after_last_commit(target: RecoveryTarget, last: WalEvent | None) -> InvalidInput:
    """Nothing was committed after the target time, so that recovery would never know that it is reached."""
    newest = f"the last transaction ended at {format_instant(last.moment)}" if last and last.moment else "no commit"
    return InvalidInput(
        f"target_time '{target}' lies after the last commit in the WAL: {newest}",
        code="target-after-last-commit",
        hint="Use 'pitr_restore_target_latest: true' to recover everything there is, or an earlier time.",
    )


def behind_the_wal(target: RecoveryTarget, end: Lsn) -> InvalidInput:
    """The position was never written, or its WAL is not there."""
    return InvalidInput(
        f"target_lsn '{target}' is not before the end of the WAL at {end}",
        code="target-unreachable",
        hint="Use an earlier position, or 'pitr_restore_target_latest: true' to recover everything there is.",
    )


def nowhere(target: RecoveryTarget, timeline: int) -> InvalidInput:
    """No record of this transaction or restore point."""
    what = f"restore point '{target}'" if target.kind == NAME else f"end of transaction {target}"
    return InvalidInput(
        f"there is no {what} in the WAL that can be recovered on the way to timeline {timeline}",
        code="target-unreachable",
        hint="Check its spelling; one that is older than the end of the first backup cannot be reached.",
    )


def ambiguous(target: RecoveryTarget, places: Iterable[Lsn]) -> Refused:
    """Several restore points of one name behind the same backup: PostgreSQL would stop at the first."""
    listed = ", ".join(str(place) for place in places)
    return Refused(
        f"there are several restore points named '{target}', at {listed}",
        code="target-ambiguous",
        hint="Choose one by its position: 'pitr_restore_target_lsn'.",
    )


def segment_missing(name: str, *, needed_by: str) -> Missing:
    """A segment without which the target cannot be reached."""
    return Missing(
        f"WAL segment {name} is missing, and {needed_by} needs it",
        code="segment-missing",
        hint="Bring it back into the repository from another copy, or choose a target before it.",
    )


def no_backup(timeline: int) -> Missing:
    """No backup from which the timeline could be reached."""
    return Missing(
        f"no backup leads to timeline {timeline}",
        code="backup-missing",
        hint="See what there is with the module backup_info or 'pgpitr info'; take a backup with playbook 'backup'.",
    )


__all__ = (
    "after_last_commit",
    "ambiguous",
    "before_first_backup",
    "behind_the_wal",
    "inside_backup",
    "may_lie_elsewhere",
    "no_backup",
    "nowhere",
    "segment_missing",
)
