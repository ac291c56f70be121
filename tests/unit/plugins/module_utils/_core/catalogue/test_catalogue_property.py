# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Over random repositories the catalogue says what recovery, walked segment by segment, would find."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.catalogue import (
    build_catalogue,
    is_usable,
    recoverable_end,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.file_name import segment_name
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import Segment, SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory, TimelineSwitch
from sample_backup import sample_backup

SIZE = SegmentSize(1 << 20)
EPOCH = datetime(2026, 9, 15, tzinfo=timezone.utc)
LAST = 14


def backup(number: int, *, timeline: int, start: int, stop: int, parent: str | None) -> Backup:
    return sample_backup(
        f"b{number:02}",
        parent=parent,
        start_time=EPOCH + timedelta(seconds=start),
        stop_time=EPOCH + timedelta(seconds=stop, microseconds=number),
        start_lsn=Lsn(start),
        stop_lsn=Lsn(stop),
        timeline=timeline,
        segment_size=SIZE,
    )


class Repository:
    """One to four timelines that left each other somewhere, most of their segments, and a few backups."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.histories = {1: TimelineHistory(1)}
        for timeline in range(2, chance.randint(2, 5)):
            parent = self.histories[chance.randint(1, timeline - 1)]
            begin = parent.ancestors[-1].lsn.value if parent.ancestors else 0
            at = chance.randrange(begin, LAST << 20)
            switch = TimelineSwitch(parent.timeline, Lsn(at))
            self.histories[timeline] = TimelineHistory(timeline, (*parent.ancestors, switch))
        self.present = {
            (timeline, number)
            for timeline, history in self.histories.items()
            for number in range(self._begin(history) >> 20, chance.randint(1, LAST))
            if chance.random() < 0.85
        }
        self.backups: list[Backup] = []
        for number in range(chance.randint(0, 6)):
            history = self.histories[chance.choice([*self.histories])]
            start = chance.randrange(self._begin(history), LAST << 20)
            stop = start + chance.randrange(1, 2 << 20)
            parent_label = f"b{chance.randrange(7):02}" if chance.random() < 0.3 else None
            self.backups.append(backup(number, timeline=history.timeline, start=start, stop=stop, parent=parent_label))
        # A history that is lost hides what came before.
        self.known = {
            timeline: history
            for timeline, history in self.histories.items()
            if history.ancestors and chance.random() < 0.95
        }

    @staticmethod
    def _begin(history: TimelineHistory) -> int:
        return history.ancestors[-1].lsn.value if history.ancestors else 1 << 20

    def names(self) -> list[str]:
        return [segment_name(number, timeline=each, size_bytes=SIZE.size_bytes) for each, number in self.present]

    def history(self, timeline: int) -> TimelineHistory:
        return self.known.get(timeline, TimelineHistory(timeline))

    def has_chain(self, wanted: Backup) -> bool:
        by_label = {each.label: each for each in self.backups}
        seen = [wanted.label]
        while wanted.parent:
            if wanted.parent not in by_label or wanted.parent in seen:
                return False
            wanted = by_label[wanted.parent]
            seen.append(wanted.label)
        return True

    def end(self, wanted: Backup, timeline: int) -> int | None:
        """Walk from the backup's first segment as long as there is the one that recovery would read."""
        return self.walk(wanted, timeline) if timeline == 1 or timeline in self.known else None

    def walk(self, wanted: Backup, timeline: int) -> int | None:
        """The same where the history of the timeline is not asked for."""
        history = self.history(timeline)
        if not history.reaches(wanted.stop_lsn, timeline=wanted.timeline):
            return None
        number = wanted.start_lsn.value >> 20
        while (history.segment_at(number, size=SIZE).timeline, number) in self.present:
            number += 1
        return number << 20 if number << 20 >= wanted.stop_lsn.value else None

    def path_parts(self) -> set[tuple[int, int, int]]:
        """(start, end, timeline) that some backup gives, on whatever way."""
        found = set()
        for timeline in {*self.histories}:
            for each in self.backups:
                end = self.end(each, timeline) if self.has_chain(each) else None
                if end is not None:
                    found.add((each.stop_lsn.value, end, self.history(timeline).timeline_at(Lsn(end - 1))))
        return found

    def contains(self, outer: tuple[int, int, int], inner: tuple[int, int, int]) -> bool:
        reaches = self.history(outer[2]).reaches(Lsn(inner[1]), timeline=inner[2])
        return outer[0] <= inner[0] and outer[1] >= inner[1] and reaches


@pytest.mark.parametrize("start", range(0, 3000, 250))
def test_windows_are_the_longest_stretches(start: int) -> None:
    for seed in range(start, start + 250):
        repository = Repository(seed)
        found = build_catalogue(
            repository.backups, wal_names=repository.names(), histories=repository.known, segment_size=SIZE
        )
        path_parts = repository.path_parts()
        longest = {
            inner
            for inner in path_parts
            if not any(outer != inner and repository.contains(outer, inner) for outer in path_parts)
        }
        windows = [(each.start.value, each.end.value, each.timeline) for each in found.windows]
        assert len(set(windows)) == len(windows), seed
        assert set(windows) == longest, seed
        for window in found.windows:
            ends = [end for _timeline, _start, end in window.path()]
            assert ends == sorted(ends) and ends[-1] == window.end, seed


@pytest.mark.parametrize("start", range(0, 1000, 250))
def test_usable_backups_and_gaps(start: int) -> None:
    for seed in range(start, start + 250):
        repository = Repository(seed)
        names = repository.names()
        found = build_catalogue(repository.backups, wal_names=names, histories=repository.known, segment_size=SIZE)
        wal = ArchivedWal.of(names, histories=repository.known, segment_size=SIZE)
        for each in repository.backups:
            assert is_usable(each, wal=wal) == (repository.walk(each, each.timeline) is not None), seed
            end = repository.end(each, each.timeline)
            assert (each.label in found.usable) == (end is not None and repository.has_chain(each)), seed
            for timeline in repository.histories:
                walked = recoverable_end(each, timeline=timeline, wal=wal)
                assert (walked.value if walked else None) == repository.walk(each, timeline), seed
        for gap in found.gaps:
            first = Segment.parse(gap.first_segment, size=SIZE)
            last = Segment.parse(gap.last_segment, size=SIZE)
            missing = {(first.timeline, number) for number in range(first.number, last.number + 1)}
            assert missing and not missing & repository.present, seed
            for place in gap.ended:
                # The hole may begin on an ancestor, and end before this one's part.
                assert found.windows[place].end <= first.start, seed
            if gap.resumed is not None:
                assert found.windows[gap.resumed].start > first.start, seed
