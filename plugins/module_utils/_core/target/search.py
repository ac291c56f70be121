# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where on one timeline a recovery target lies, and from which backup it can be reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..catalogue.gap import DAMAGED, MISSING
from ..catalogue.record import Backup
from ..errors import Missing, PitrError
from ..wal.archive import ArchivedWal
from ..wal.event import RESTORE_POINT, WalEvent
from ..wal.interval_set import IntervalSet
from ..wal.lsn import Lsn
from ..wal.segment import Segment
from . import refusals as errors
from .event_search import EventSearch, WalReader
from .recovery_target import IMMEDIATE, LATEST, RecoveryTarget

# How far behind a backup's end the first transaction that an immediate target leaves out is looked for.
_TOLD_SEGMENTS = 2


@dataclass(frozen=True)
class StopPoint:
    """Where a recovery from ``backup`` towards ``timeline`` ends.

    ``lsn`` is the record at which it stops (or the end of the WAL). ``before`` is the last end of a transaction that is
    replayed (``None``: none since the backup), ``after`` the first one that surely is not (``None``: none is known).
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
    """The search on all that is known: ``backups`` that may be used (any order), the WAL there is, and its reader.

    ``every`` has all that could be used where only some are asked for, so that a refusal tells what there is.
    """

    backups: Sequence[Backup]
    wal: ArchivedWal
    reader: WalReader
    every: Sequence[Backup] = ()

    def on(self, timeline: int, target: RecoveryTarget) -> StopPoint:
        """The stop point of the target on the path to ``timeline``.

        Raises InvalidInput or Refused with the codes ``target-before-first-backup``, ``target-after-last-commit``,
        ``target-unreachable``, ``target-ambiguous``, ``segment-missing``, ``segment-expired``, ``backup-missing``.
        """
        try:
            return self._on(timeline, target)
        except PitrError as error:
            other = self._other_backup(timeline, target)
            if other is None:
                raise
            raise errors.with_other_backup(error, other) from error

    def _on(self, timeline: int, target: RecoveryTarget) -> StopPoint:
        backups = self._leading_to(timeline, of=self.backups)
        if not backups:
            raise errors.no_backup(timeline)
        if target.moment is not None:
            return self._time(timeline, target, backups, moment=target.moment)
        if target.lsn is not None:
            return self._lsn(timeline, target, backups, lsn=target.lsn)
        if target.kind == IMMEDIATE:
            return self._immediate(timeline, target, backups)
        if target.kind == LATEST:
            return self._latest(timeline, target, backups)
        return self._named(timeline, target, backups)

    def began(self, timeline: int) -> datetime | None:
        """When the timeline began, as its own record says; ``None``: there is none, or it is not in the archive."""
        switches = self.wal.history(timeline).ancestors
        if not switches:
            return None
        first = self.wal.size.number_at(switches[-1].lsn)
        path = self.path(timeline, first=first)
        for _number, facts in replace(path, end=min(path.end, first + _TOLD_SEGMENTS)).facts():
            for beginning in facts.beginnings:
                if beginning.timeline == timeline:
                    return beginning.moment
        return None

    def path(self, timeline: int, *, first: int) -> EventSearch:
        """The unbroken WAL from the segment ``first`` on."""
        end = self.wal.missing_from(first, timeline=timeline)
        return EventSearch(timeline, first, end, self.wal.size, self.reader)

    def _other_backup(self, timeline: int, target: RecoveryTarget) -> Backup | None:
        """One that was not asked for, and from which the target can be reached. Each has an end of its own."""
        if not self.every or target.kind == IMMEDIATE:
            return None
        try:
            return replace(self, backups=self.every, every=()).on(timeline, target).backup
        except PitrError:
            return None

    def _leading_to(self, timeline: int, *, of: Sequence[Backup]) -> list[Backup]:
        """Backups that lie on the path to the timeline, newest first."""
        history = self.wal.history(timeline)
        found = [each for each in of if history.reaches(each.stop_lsn, timeline=each.timeline)]
        return sorted(found, key=lambda each: each.stop_lsn, reverse=True)

    def _time(self, timeline: int, target: RecoveryTarget, backups: Sequence[Backup], *, moment: datetime) -> StopPoint:
        backup = next((each for each in backups if each.stop_time <= moment), None)
        if backup is None:
            raise self._before_first(timeline, target, backups)
        path = self._usable_path(timeline, backup, target)
        stop = path.first_beyond(moment, inclusive=target.inclusive, start=backup.start_lsn)
        if stop is None:
            self._refuse_hole(timeline, path, target)
            raise errors.after_last_commit(target, path.last_end())
        return self._stop_before(path, backup, stop)

    def _lsn(self, timeline: int, target: RecoveryTarget, backups: Sequence[Backup], *, lsn: Lsn) -> StopPoint:
        backup = next((each for each in backups if each.stop_lsn <= lsn), None)
        if backup is None:
            raise self._before_first(timeline, target, backups)
        path = self._usable_path(timeline, backup, target)
        # No record begins at the very end of the WAL, so nothing would stop a recovery there.
        if not path.has_record_from(lsn):
            self._refuse_hole(timeline, path, target)
            raise errors.after_the_wal(target, path.end_lsn())
        ends = path.ends_from(lsn)
        after = next(ends, None)
        before = after if target.inclusive and after is not None and after.lsn == lsn else path.last_end(before=lsn)
        if target.inclusive and after is not None:
            # The first end at or after the target may itself be the record that is still replayed.
            after = next(ends, None)
        return StopPoint(backup, timeline, lsn, before, after)

    def _immediate(self, timeline: int, target: RecoveryTarget, backups: Sequence[Backup]) -> StopPoint:
        backup = backups[0]
        path = self._usable_path(timeline, backup, target)
        # What comes first is only told: all WAL of a long transaction is not read for it.
        near = replace(path, end=min(path.end, backup.last_segment.number + _TOLD_SEGMENTS))
        after = next(near.ends_from(backup.stop_lsn), None)
        return StopPoint(backup, backup.timeline, backup.stop_lsn, path.last_end(before=backup.stop_lsn), after)

    def _latest(self, timeline: int, target: RecoveryTarget, backups: Sequence[Backup]) -> StopPoint:
        backup = backups[0]
        path = self._usable_path(timeline, backup, target)
        self._refuse_hole(timeline, path, target)
        end = path.end_lsn()
        return StopPoint(backup, timeline, end, path.last_end(before=end), None)

    def _named(self, timeline: int, target: RecoveryTarget, backups: Sequence[Backup]) -> StopPoint:
        """An xid or a restore point: backwards from the end of each stretch, newest backup first."""
        known_from, missing = None, None
        for backup in backups:
            path = self.path(timeline, first=backup.first_segment.number)
            if self.wal.continues_after(path.end, timeline=timeline):
                missing = self._segment(timeline, path.end)
            if not self._is_usable(timeline, backup):
                continue
            end = path.end if known_from is None else min(path.end, known_from)
            searched = EventSearch(timeline, path.first, end, path.size, path.reader)
            # What lies before the end of this backup may be reached from an older one.
            known_from = backup.last_segment.number + 1
            # WAL has the lower 32 bits of what pg_current_xact_id() shows.
            xid = None if target.xid is None else target.xid & 0xFFFFFFFF
            found = searched.last_restore_point(target.text) if xid is None else searched.end_of_transaction(xid)
            if found is not None and found.lsn >= backup.stop_lsn:
                if found.kind == RESTORE_POINT:
                    self._refuse_ambiguous(path, backup, found, target=target)
                elif found.xid != xid:
                    raise errors.of_subtransaction(target, found)
                return self._stop_at(path, backup, found, target=target)
        if missing is None:
            raise errors.nowhere(target, timeline, missing=None)
        raise errors.nowhere(target, timeline, missing=str(missing), is_expired=self._is_expired(missing))

    def _refuse_ambiguous(self, path: EventSearch, backup: Backup, found: WalEvent, *, target: RecoveryTarget) -> None:
        """Recovery stops at the first restore point of the name after the backup, which must be the one meant."""
        first = path.last_restore_point(target.text, before=found.lsn)
        if first is not None and first.lsn >= backup.stop_lsn:
            raise errors.ambiguous(target, (first.lsn, found.lsn))

    def _is_usable(self, timeline: int, backup: Backup) -> bool:
        return self.wal.has(backup.start_lsn, backup.stop_lsn + -1, timeline=timeline)

    def _before_first(self, timeline: int, target: RecoveryTarget, backups: Sequence[Backup]) -> PitrError:
        """The refusal of what is earlier than the end of all these backups (newest first)."""
        oldest = next((each for each in reversed(backups) if self._is_usable(timeline, each)), backups[-1])
        return (errors.before_chosen_backup if self.every else errors.before_first_backup)(target, oldest)

    def _usable_path(self, timeline: int, backup: Backup, target: RecoveryTarget) -> EventSearch:
        path = self.path(timeline, first=backup.first_segment.number)
        if path.end <= backup.last_segment.number:
            raise self._hole(timeline, path.end, target)
        return path

    def _stop_before(self, path: EventSearch, backup: Backup, stop: WalEvent) -> StopPoint:
        if stop.lsn < backup.stop_lsn:
            raise errors.inside_backup(backup)
        return StopPoint(backup, path.timeline, stop.lsn, path.last_end(before=stop.lsn), stop)

    def _stop_at(self, path: EventSearch, backup: Backup, found: WalEvent, *, target: RecoveryTarget) -> StopPoint:
        if found.ends_transaction and not target.inclusive:
            return self._stop_before(path, backup, found)
        after = next(path.ends_from(found.lsn + 1), None)
        before = found if found.ends_transaction else path.last_end(before=found.lsn)
        return StopPoint(backup, path.timeline, found.lsn, before, after)

    def _refuse_hole(self, timeline: int, path: EventSearch, target: RecoveryTarget) -> None:
        """A path that ends at a damaged segment or before others that are or were there must not pass for the end."""
        if self.wal.continues_after(path.end, timeline=timeline):
            raise self._hole(timeline, path.end, target)

    def _hole(self, timeline: int, missing: int, target: RecoveryTarget) -> Missing:
        """The refusal of a target in or behind the hole that begins with this segment, with both its neighbours."""
        leading = self._leading_to(timeline, of=self.every or self.backups)
        usable = [each for each in leading if self._is_usable(timeline, each)]
        border = self.wal.size.start_of(missing)
        earlier = next((each for each in usable if each.stop_lsn <= border), None)
        later = next((each for each in reversed(usable) if each.stop_lsn > border), None)
        before = None if earlier is None else self._last_state(timeline, earlier)
        after = None if later is None else _end_of(later)
        segment = self._segment(timeline, missing)
        if self._is_expired(segment):
            return errors.in_expired_wal(target, str(segment), before=before, after=after)
        reason = DAMAGED if missing in self.wal.damaged.get(segment.timeline, IntervalSet()) else MISSING
        return errors.in_a_hole(target, str(segment), reason=reason, before=before, after=after)

    def _is_expired(self, segment: Segment) -> bool:
        """Whether retention has removed it, of those that can't be read."""
        is_there = segment.number in self.wal.damaged.get(segment.timeline, IntervalSet())
        return not is_there and segment.number in self.wal.expired.get(segment.timeline, IntervalSet())

    def _last_state(self, timeline: int, backup: Backup) -> errors.Neighbour:
        """The last state that can be recovered from this backup."""
        last = self.path(timeline, first=backup.first_segment.number).last_end()
        if last is None or last.moment is None or last.lsn < backup.stop_lsn:
            return _end_of(backup)
        return errors.Neighbour(last.lsn, last.moment, f"the end of transaction {last.xid}")

    def _segment(self, timeline: int, number: int) -> Segment:
        return self.wal.history(timeline).segment_at(number, size=self.wal.size)


def _end_of(backup: Backup) -> errors.Neighbour:
    return errors.Neighbour(backup.stop_lsn, backup.stop_time, f"the end of backup {backup.label}", backup.label)


__all__ = ("StopPoint", "TargetSearch")
