# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a recovery target cannot be reached, and what can."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..catalogue.record import Backup
from ..errors import InvalidInput, Missing, PitrError, Refused
from ..instant import format_instant
from ..wal.event import COMMIT, WalEvent
from ..wal.lsn import Lsn
from .recovery_target import NAME, RecoveryTarget

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


def before_chosen_backup(target: RecoveryTarget, backup: Backup) -> InvalidInput:
    """The target is earlier than the end of the only backup that was asked for."""
    return InvalidInput(
        f"target_{target.kind} '{target}' lies before the end of the chosen backup {backup.label}",
        code="target-before-first-backup",
        hint=f"It reaches moments from {format_instant(backup.stop_time)}, LSN {backup.stop_lsn}, on.",
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


def after_the_wal(target: RecoveryTarget, end: Lsn) -> InvalidInput:
    """The position was never written, or its WAL is not there."""
    return InvalidInput(
        f"no record begins at or after target_lsn '{target}': the WAL ends at {end}",
        code="target-unreachable",
        hint="Use an earlier position, such as one from before pg_switch_wal(), or 'pitr_restore_target_latest: true' "
        "to recover everything there is.",
    )


def nowhere(target: RecoveryTarget, timeline: int, *, missing: str | None, is_expired: bool = False) -> InvalidInput:
    """No record of this transaction or restore point.

    ``missing`` is a segment that could not be looked into, ``is_expired`` whether retention has removed it.
    """
    what = f"restore point '{target}'" if target.kind == NAME else f"end of transaction {target}"
    gone = f"retention has removed segment {missing}" if is_expired else f"segment {missing} is missing"
    hole = f", from which {gone}" if missing else ""
    return InvalidInput(
        f"there is no {what} in the WAL that can be recovered on the path to timeline {timeline}{hole}",
        code="target-unreachable",
        hint="Check its spelling; one that is older than the end of the first backup cannot be reached.",
    )


def of_subtransaction(target: RecoveryTarget, parent: WalEvent) -> InvalidInput:
    """The number is that of a subtransaction, which no record carries for its own and at which nothing stops."""
    verb = "committed" if parent.kind == COMMIT else "rolled back"
    return InvalidInput(
        f"target_xid '{target}' is a subtransaction of transaction {parent.xid}, with which it was {verb} at "
        f"{parent.lsn}",
        code="target-unreachable",
        hint=f"Recovery stops only at whole transactions: set 'pitr_restore_target_xid: {parent.xid}'.",
    )


def behind_minimal_wal(
    target: RecoveryTarget, *, record: Lsn, segment: str, backup: Backup, before: Neighbour
) -> Refused:
    """A record between the backup and the target says that wal_level was minimal, at which every recovery ends."""
    return Refused(
        f"target_{target.kind} '{target}' lies behind the record at {record}, in segment {segment}, from which on "
        f"wal_level was minimal: every recovery from backup '{backup.label}' ends there with an error",
        code="wal-level-minimal",
        hint=f"{before.how()} recovers everything before it. What was done with wal_level minimal can't be recovered "
        "from WAL; a backup taken since then begins a new window.",
    )


def ambiguous(target: RecoveryTarget, places: Iterable[Lsn]) -> Refused:
    """Several restore points of one name behind the same backup: PostgreSQL would stop at the first."""
    listed = ", ".join(str(place) for place in places)
    return Refused(
        f"there are several restore points named '{target}', at {listed}",
        code="target-ambiguous",
        hint="Choose one by its position: 'pitr_restore_target_lsn'.",
    )


def younger_timeline(timeline: int, switch: Lsn, *, current: int) -> Refused:
    """The end of the WAL is wanted, and a ``timeline`` that is known goes on from the cluster's own."""
    return Refused(
        f"target_latest may mean timeline {current}, the cluster's own, or timeline {timeline}, which leaves it at "
        f"{switch}",
        code="timeline-ambiguous",
        hint=f"After a failover, production is on timeline {timeline}: set 'pitr_restore_target_timeline' to it. Set it"
        f" to {current} if timeline {timeline} was given up.",
    )


@dataclass(frozen=True)
class Neighbour:
    """The nearest state that can be recovered on one side of a hole: where, when, and what it is.

    ``backup`` is the label where that is the very end of a backup.
    """

    lsn: Lsn
    moment: datetime
    name: str
    backup: str | None = None

    def __str__(self) -> str:
        return f"{format_instant(self.moment)}, LSN {self.lsn} ({self.name})"

    def how(self) -> str:
        """The variables that recover it."""
        if self.backup is not None:
            return f"'pitr_restore_backup: {self.backup}' with 'pitr_restore_target_immediate: true'"
        return f"'pitr_restore_target_lsn: {self.lsn}'"


def in_a_hole(
    target: RecoveryTarget, segment: str, *, reason: str, before: Neighbour | None, after: Neighbour | None
) -> Missing:
    """The target lies in a hole of the WAL, or behind it with no backup between.

    ``segment`` is the first one that can't be read, ``reason`` whether it is missing or damaged.
    """
    return Missing(
        f"WAL segment {segment} is {reason}, and {_way(target, before=before, after=after)}",
        code="segment-missing",
        hint=f"{_how(before)}With the segment back in the repository, from another copy, the target may be reached.",
    )


def in_expired_wal(
    target: RecoveryTarget, segment: str, *, before: Neighbour | None, after: Neighbour | None
) -> Missing:
    """The target lies where retention has removed the WAL; ``segment`` is the first one that it removed."""
    return Missing(
        f"retention has removed WAL segment {segment}, and {_way(target, before=before, after=after)}",
        code="segment-expired",
        hint=f"{_how(before)}What retention has removed is gone: in between nothing can be recovered any more.",
    )


def with_other_backup(error: PitrError, backup: Backup) -> PitrError:
    """The refusal for the chosen backup, with the one from which the target can be reached."""
    way = f"The target can be reached from backup '{backup.label}': leave 'pitr_restore_backup' unset."
    return error.with_hint(f"{way} {error.hint}")


def _way(target: RecoveryTarget, *, before: Neighbour | None, after: Neighbour | None) -> str:
    last = f"the last moment before the hole is {before}" if before else "nothing before it can be recovered"
    first = f"the first one behind it is {after}" if after else "no backup behind it can be used"
    return f"the path to target_{target.kind} '{target}' needs it: {last}; {first}"


def _how(before: Neighbour | None) -> str:
    return f"{before.how()} recovers everything before the hole. " if before else ""


def no_backup(timeline: int) -> Missing:
    """No backup from which the timeline could be reached."""
    return Missing(
        f"no backup leads to timeline {timeline}",
        code="backup-missing",
        hint="See what there is with the module backup_info or 'pgpitr info'; take a backup with playbook 'backup'.",
    )


__all__ = (
    "Neighbour",
    "after_last_commit",
    "after_the_wal",
    "ambiguous",
    "before_chosen_backup",
    "before_first_backup",
    "behind_minimal_wal",
    "in_a_hole",
    "in_expired_wal",
    "inside_backup",
    "may_lie_elsewhere",
    "no_backup",
    "nowhere",
    "of_subtransaction",
    "with_other_backup",
    "younger_timeline",
)
