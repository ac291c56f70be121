# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where on one timeline a recovery target lies, and from which backup it can be reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from . import target_errors as errors
from .archived_wal import ArchivedWal
from .backup import Backup
from .lsn import Lsn
from .recovery_target import IMMEDIATE, LATEST, RecoveryTarget
from .wal_event import RESTORE_POINT, WalEvent
from .wal_path import WalPath, WalReader


@dataclass(frozen=True)
class StopPlace:
    """Where a recovery from ``backup`` towards ``timeline`` ends.

    ``lsn`` is the record at which it stops (or the end of the WAL). ``before`` is the last end of a transaction that is
    replayed (``None``: none since the backup), ``after`` the first one that surely is not (``None``: there is none).
    """

    backup: Backup
    timeline: int
    lsn: Lsn
    before: WalEvent | None
    after: WalEvent | None

    @property
    def segment_number(self) -> int:
        """The last segment that has to be there."""
        return self.backup.segment_size.number_at(self.lsn)


@dataclass(frozen=True)
class TargetSearch:
    """The search on all that is known: ``backups`` that may be used (any order), the WAL there is, and its reader."""

    backups: Sequence[Backup]
    wal: ArchivedWal
    reader: WalReader

    def on(self, timeline: int, target: RecoveryTarget) -> StopPlace:
        """The place of the target on the way to ``timeline``.

        Raises InvalidInput or Refused with the codes ``target-before-first-backup``, ``target-after-last-commit``,
        ``target-unreachable``, ``target-ambiguous``, ``segment-missing``, ``backup-missing``.
        """
        backups = self._leading_to(timeline)
        if not backups:
            raise errors.no_backup(timeline)
        if target.moment is not None:
            return self._time(timeline, target, backups, moment=target.moment)
        if target.lsn is not None:
            return self._lsn(timeline, target, backups, lsn=target.lsn)
        if target.kind == IMMEDIATE:
            return self._immediate(timeline, backups)
        if target.kind == LATEST:
            return self._latest(timeline, backups)
        return self._named(timeline, target, backups)

    def path(self, timeline: int, *, first: int) -> WalPath:
        """The unbroken WAL from the segment ``first`` on."""
        behind = self.wal.missing_from(first, timeline=timeline)
        return WalPath(timeline, first, behind, self.wal.size, self.reader)

    def _leading_to(self, timeline: int) -> list[Backup]:
        """Backups that lie on the way to the timeline, newest first."""
        history = self.wal.history(timeline)
        found = [each for each in self.backups if history.reaches(each.stop_lsn, timeline=each.timeline)]
        return sorted(found, key=lambda each: each.stop_lsn, reverse=True)

    def _time(self, timeline: int, target: RecoveryTarget, backups: Sequence[Backup], *, moment: datetime) -> StopPlace:
        backup = next((each for each in backups if each.stop_time <= moment), None)
        if backup is None:
            raise errors.before_first_backup(target, backups[-1])
        path = self._usable_path(timeline, backup)
        stop = path.first_beyond(moment, inclusive=target.inclusive)
        if stop is None:
            self._refuse_hole(timeline, path)
            raise errors.after_last_commit(target, path.last_end())
        return self._stop_before(path, backup, stop)

    def _lsn(self, timeline: int, target: RecoveryTarget, backups: Sequence[Backup], *, lsn: Lsn) -> StopPlace:
        backup = next((each for each in backups if each.stop_lsn <= lsn), None)
        if backup is None:
            raise errors.before_first_backup(target, backups[-1])
        path = self._usable_path(timeline, backup)
        # No record begins at the very end of the WAL, so nothing would stop a recovery there.
        if self.wal.size.number_at(lsn) >= path.behind or lsn >= path.end():
            self._refuse_hole(timeline, path)
            raise errors.behind_the_wal(target, path.end())
        ends = path.ends_from(lsn)
        after = next(ends, None)
        if target.inclusive and after is not None:
            # The first end at or after the target may itself be the record that is still replayed.
            after = next(ends, None)
        return StopPlace(backup, timeline, lsn, path.last_end(before=lsn), after)

    def _immediate(self, timeline: int, backups: Sequence[Backup]) -> StopPlace:
        backup = backups[0]
        path = self._usable_path(timeline, backup)
        after = next(path.ends_from(backup.stop_lsn), None)
        return StopPlace(backup, backup.timeline, backup.stop_lsn, path.last_end(before=backup.stop_lsn), after)

    def _latest(self, timeline: int, backups: Sequence[Backup]) -> StopPlace:
        backup = backups[0]
        path = self._usable_path(timeline, backup)
        self._refuse_hole(timeline, path)
        end = path.end()
        return StopPlace(backup, timeline, end, path.last_end(before=end), None)

    def _named(self, timeline: int, target: RecoveryTarget, backups: Sequence[Backup]) -> StopPlace:
        """An xid or a restore point: backwards from the end of each stretch, newest backup first."""

        def is_wanted(event: WalEvent) -> bool:
            return is_restore_point(event, target)

        known_from: int | None = None
        for backup in backups:
            path = self._usable_path(timeline, backup)
            searched = path if known_from is None else WalPath(timeline, path.first, known_from, path.size, path.reader)
            known_from = path.first
            # WAL has the lower 32 bits of what pg_current_xact_id() shows.
            xid = None if target.xid is None else target.xid & 0xFFFFFFFF
            found = searched.last_where(is_wanted) if xid is None else searched.end_of_transaction(xid)
            if found is not None and found.lsn >= backup.stop_lsn:
                if found.kind == RESTORE_POINT:
                    self._refuse_ambiguous(path, backup, found, target=target)
                return self._stop_at(path, backup, found, target=target)
        raise errors.nowhere(target, timeline)

    def _refuse_ambiguous(self, path: WalPath, backup: Backup, found: WalEvent, *, target: RecoveryTarget) -> None:
        """Recovery stops at the first restore point of the name after the backup, which must be the one meant."""
        first = path.last_where(lambda event: is_restore_point(event, target), before=found.lsn)
        if first is not None and first.lsn >= backup.stop_lsn:
            raise errors.ambiguous(target, (first.lsn, found.lsn))

    def _usable_path(self, timeline: int, backup: Backup) -> WalPath:
        path = self.path(timeline, first=backup.first_segment.number)
        if path.behind <= backup.last_segment.number:
            raise errors.segment_missing(self._name(timeline, path.behind), needed_by=f"backup {backup.label}")
        return path

    def _stop_before(self, path: WalPath, backup: Backup, stop: WalEvent) -> StopPlace:
        if stop.lsn < backup.stop_lsn:
            raise errors.inside_backup(backup)
        return StopPlace(backup, path.timeline, stop.lsn, path.last_end(before=stop.lsn), stop)

    def _stop_at(self, path: WalPath, backup: Backup, found: WalEvent, *, target: RecoveryTarget) -> StopPlace:
        if found.ends_transaction and not target.inclusive:
            return self._stop_before(path, backup, found)
        after = next(path.ends_from(found.lsn + 1), None)
        before = found if found.ends_transaction else path.last_end(before=found.lsn)
        return StopPlace(backup, path.timeline, found.lsn, before, after)

    def _refuse_hole(self, timeline: int, path: WalPath) -> None:
        """A path that ends although later segments of it exist has a hole, which must never pass for its end."""
        if self.wal.resumes_from(path.behind, timeline=timeline) is not None:
            raise errors.segment_missing(self._name(timeline, path.behind), needed_by="the way to the target")

    def _name(self, timeline: int, number: int) -> str:
        return str(self.wal.history(timeline).segment_at(number, size=self.wal.size))


def is_restore_point(event: WalEvent, target: RecoveryTarget) -> bool:
    """Whether recovery to a name would stop at this event."""
    return event.kind == RESTORE_POINT and event.name == target.text


__all__ = ("StopPlace", "TargetSearch", "is_restore_point")
