# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records between a backup and the end of a recovery that end it, hold it, or write outside its directories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ..catalogue.record import Backup
from ..wal.event import ParameterChange, TablespaceCreation
from ..wal.lsn import Lsn
from ..wal.segment_facts import SegmentFacts
from .recovery_target import RecoveryTarget
from .refusals import Neighbour, behind_minimal_wal
from .search import StopPoint, TargetSearch


@dataclass(frozen=True)
class ReplayedRecords:
    """What is replayed between the beginning of the backup and the stop, in the order of the WAL."""

    parameter_changes: tuple[ParameterChange, ...] = ()
    tablespaces: tuple[TablespaceCreation, ...] = ()

    def needed_settings(self, backup: Backup) -> Mapping[str, int]:
        """The greatest value of each setting that a hot standby must not have lower than the WAL's writer."""
        needed = dict(backup.settings)
        for change in self.parameter_changes:
            for name, value in change.settings.items():
                needed[name] = max(value, needed.get(name, value))
        return needed


def replayed_records(stop: StopPoint, *, search: TargetSearch) -> ReplayedRecords:
    """The records that a recovery to this point replays. Raises what the search's reader raises."""
    backup = stop.backup
    path = search.path(stop.timeline, first=backup.first_segment.number)
    facts = [each for _number, each in replace(path, end=min(path.end, stop.segment_number + 1)).facts()]

    def is_replayed(lsn: Lsn) -> bool:
        return backup.start_lsn <= lsn <= stop.lsn

    return ReplayedRecords(
        tuple(each for each in _changes(facts) if is_replayed(each.lsn)),
        tuple(each for known in facts for each in known.tablespaces if is_replayed(each.lsn)),
    )


def check_replayable(
    target: RecoveryTarget, *, stop: StopPoint, records: ReplayedRecords, search: TargetSearch
) -> None:
    """Refuse a recovery that a record on its way would end. Raises Refused (``wal-level-minimal``)."""
    record = next((each for each in records.parameter_changes if each.ends_recovery), None)
    if record is None:
        return
    backup, number = stop.backup, search.wal.size.number_at(record.lsn)
    path = search.path(stop.timeline, first=backup.first_segment.number)
    last = path.last_end(before=record.lsn)
    before = Neighbour(backup.stop_lsn, backup.stop_time, f"the end of backup {backup.label}", backup.label)
    if last is not None and last.moment is not None and last.lsn >= backup.stop_lsn:
        before = Neighbour(last.lsn, last.moment, f"the end of transaction {last.xid}")
    segment = search.wal.history(stop.timeline).segment_at(number, size=search.wal.size)
    raise behind_minimal_wal(target, record=record.lsn, segment=str(segment), backup=backup, before=before)


def _changes(facts: list[SegmentFacts]) -> Iterator[ParameterChange]:
    for each in facts:
        yield from each.parameter_changes


__all__ = ("ReplayedRecords", "check_replayable", "replayed_records")
