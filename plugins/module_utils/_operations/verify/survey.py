# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to verify, and the problems that are found without reading tar files or segments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..._core.catalogue.record import FULL, Backup
from ..._core.errors import InvalidInput
from ..._core.repository.identity import RepositoryIdentity
from ..._core.repository.layout import RECORD_NAME, backup_folder
from ..._core.verify.finding import HISTORY, ORIGIN, RECORD, SEGMENT, Finding, Impact
from ..._core.verify.impact import backup_impact, segment_impact
from ..._core.verify.record_checks import check_listing, check_record
from ..._core.verify.report import VerifyCounts
from ..._core.verify.required_wal import RequiredWal, required_wal
from ..._core.verify.selection import ALL, NEWEST, BackupFile, never_verified
from ..._core.verify.state import VerifyState
from ..._core.wal.archive import ArchivedWal
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.listing import StoredWal
from ..._core.wal.segment import Segment
from ..._core.wal.segment_range import SegmentRange
from ..._core.wal.timeline import TimelineHistory
from ..._io.catalogue.histories import read_histories
from ..._io.catalogue.records import Records, read_records
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.storage.port import Storage
from .origin import check_origin

_OTHER_HOSTS = "a host that never had the cluster does not learn its configuration from this backup"


@dataclass(frozen=True)
class VerifySurvey:
    """All backups (oldest first), those to verify, their files, and the WAL that they require."""

    identity: RepositoryIdentity
    backups: tuple[Backup, ...]
    chosen: tuple[Backup, ...]
    files: tuple[BackupFile, ...]
    wal: ArchivedWal
    needs: RequiredWal
    findings: tuple[Finding, ...]

    def has_segment(self, timeline: int, number: int) -> bool:
        """Whether this segment is archived."""
        return number in self.wal.intervals.get(timeline, IntervalSet())

    def never_verified(self, state: VerifyState) -> VerifyCounts:
        """What is selected and has not been verified by any run yet."""
        archives, segments = never_verified(self.files, present=self.needs.present, state=state)
        return VerifyCounts(archives=archives, segments=segments)

    def next_names(self, block: SegmentRange) -> tuple[str, ...]:
        """Where a block's last record may continue: in the next segment, or in that of a timeline that forks there."""
        size, number = self.wal.size, block.end
        timelines = [block.timeline]
        for history in self.wal.histories.values():
            switch = history.switch_from(block.timeline)
            if switch is not None and size.number_at(switch) == number:
                timelines.append(history.segment_at(number, size=size).timeline)
        return tuple(str(Segment(each, number, size)) for each in timelines if self.has_segment(each, number))

    def with_impact(self, finding: Finding) -> Finding:
        """The finding with its impact."""
        if finding.segment is not None:
            size = self.identity.segment_size
            lost = SegmentRange.named(finding.segment, finding.last_segment or finding.segment, size=size)
            return replace(finding, impact=segment_impact(lost, backups=self.backups, wal=self.wal))
        if finding.kind == ORIGIN:
            return replace(finding, impact=Impact(text=_OTHER_HOSTS))
        if finding.backup is not None:
            return replace(finding, impact=backup_impact(finding.backup, backups=self.backups))
        return finding


def survey(folder: ClusterFolder, *, selection: str) -> VerifySurvey:
    """Survey names, sizes, records, and where backups are from.

    Raises InvalidInput (``backup-unknown``), and what :meth:`ClusterFolder.identity` and :func:`read_records` raise.
    """
    identity = folder.identity()
    records = read_records(folder)
    stored = folder.stored_wal()
    histories = read_histories(folder, stored.others)
    wal = ArchivedWal.stored(stored, histories=histories.known)
    wanted = _wanted(records, selection=selection)
    chosen = _links(wanted, backups=records.backups)
    findings = list(_damaged_histories(histories.damaged, backups=records.backups))
    findings += _record_findings(records, selection=selection)
    findings += _missing_histories(wal, stored=stored, backups=records.backups)
    files: list[BackupFile] = []
    by_label = {each.label: each for each in records.backups}
    for backup in chosen:
        sizes = _sizes(folder.storage, backup.label)
        findings += check_record(backup, system_identifiers=identity.system_identifiers, by_label=by_label)
        findings += check_listing(backup, sizes)
        findings += check_origin(backup, folder.storage)
        files += [BackupFile(backup.label, name, sizes[name]) for name in backup.files if name in sizes]
    needs = required_wal(wanted, wal=wal)
    findings += [_gap_finding(gap, wal=wal) for gap in needs.gaps()]
    found = VerifySurvey(identity, records.backups, chosen, tuple(files), wal, needs, ())
    return replace(found, findings=tuple(found.with_impact(each) for each in findings))


def _wanted(records: Records, *, selection: str) -> tuple[Backup, ...]:
    """The backups that must be restorable."""
    if selection == ALL:
        return records.backups
    if selection == NEWEST:
        return records.backups[-1:]
    found = tuple(each for each in records.backups if each.label == selection)
    if not found and selection not in dict(records.damaged):
        raise InvalidInput(
            f"there is no backup '{selection}' in the repository",
            code="backup-unknown",
            hint="'pgpitr info' and the module backup_info list the backups; 'all' and 'newest' are accepted, too.",
        )
    return found


def _links(wanted: Iterable[Backup], *, backups: Iterable[Backup]) -> tuple[Backup, ...]:
    """The wanted backups with all backups that they build on, as far as these exist; oldest first."""
    by_label = {each.label: each for each in backups}
    found: dict[str, Backup] = {}
    for backup in wanted:
        link: Backup | None = backup
        while link is not None and link.label not in found:
            found[link.label] = link
            link = None if link.type == FULL else by_label.get(link.parent or "")
    return tuple(each for each in by_label.values() if each.label in found)


def _record_findings(records: Records, *, selection: str) -> Iterator[Finding]:
    # The newest backup may be one of these: labels begin with the time.
    newest = max((each.label for each in records.backups), default="")
    for label, reason in records.damaged:
        if selection in (ALL, label) or (selection == NEWEST and label > newest):
            yield Finding(
                RECORD,
                "backup-record-damaged",
                f"the record of backup '{label}' can't be read: {reason}",
                backup=label,
                file=RECORD_NAME,
            )


def _sizes(storage: Storage, label: str) -> dict[str, int]:
    """The sizes of a backup's files; none while retention removes it, which the survey at the end of the run tells."""
    folder = backup_folder(label)
    names = storage.list(folder)
    stats = storage.stat_many(f"{folder}/{name}" for name in names)
    return {name: stat[0] for name, stat in zip(names, stats) if stat is not None}


def _damaged_histories(damaged: Mapping[int, str], *, backups: Iterable[Backup]) -> Iterator[Finding]:
    for timeline, reason in damaged.items():
        name = TimelineHistory(timeline).file_name
        message = f"the history '{name}' of timeline {timeline} is damaged: {reason}"
        impact = _history_impact(timeline, backups=backups)
        yield Finding(HISTORY, "history-damaged", message, file=name, impact=impact)


def _missing_histories(wal: ArchivedWal, *, stored: StoredWal, backups: Iterable[Backup]) -> Iterator[Finding]:
    timelines = {*wal.intervals, *(each.timeline for each in backups)}
    # The first timeline has no history. A recovery on any other reads it, even from a backup of that timeline.
    for timeline in sorted(timelines - {1}):
        name = TimelineHistory(timeline).file_name
        if not stored.has(name):
            message = f"'{name}' is missing, although there are WAL or backups of timeline {timeline}"
            impact = _history_impact(timeline, backups=backups)
            yield Finding(HISTORY, "history-missing", message, file=name, impact=impact)


def _history_impact(timeline: int, *, backups: Iterable[Backup]) -> Impact:
    labels = tuple(each.label for each in backups if each.timeline == timeline)
    return Impact(unusable=labels, text=f"no recovery on timeline {timeline} from any backup")


def _gap_finding(gap: SegmentRange, *, wal: ArchivedWal) -> Finding:
    first, last = gap.first_name(wal.size), gap.last_name(wal.size)
    if gap.count == 1:
        message = f"the segment '{first}' is missing"
    else:
        message = f"{gap.count} segments are missing, '{first}' to '{last}'"
    return Finding(SEGMENT, "segment-missing", message, segment=first, last_segment=last)


__all__ = ("VerifySurvey", "survey")
