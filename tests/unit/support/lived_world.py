# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A random cluster that lives through backups, recoveries to earlier times, rollbacks and losses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from random import Random

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.catalogue import catalogue_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.stock import Stock
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory, TimelineSwitch
from sample_backup import sample_backup

SIZE = SegmentSize(1 << 24)


BEGIN = datetime(2026, 9, 1, tzinfo=timezone.utc)


TICK = timedelta(hours=9)


def position(segments: float) -> Lsn:
    return Lsn(int(segments * SIZE.size_bytes))


@dataclass
class World:
    """One cluster's life: each tick writes one segment and archives it at its end."""

    random: Random
    now: datetime = BEGIN
    timeline: int = 1
    number: int = 1
    backups: list[Backup] = field(default_factory=list)
    numbers: dict[int, set[int]] = field(default_factory=dict)
    histories: dict[int, TimelineHistory] = field(default_factory=dict)
    last_archived: dict[int, datetime] = field(default_factory=dict)
    states: list[tuple[datetime, int, Lsn]] = field(default_factory=list)
    ends: dict[int, int] = field(default_factory=dict)

    @classmethod
    def lived(cls, seed: int) -> World:
        world = cls(Random(seed))
        for _tick in range(world.random.randint(3, 45)):
            world.tick()
        return world

    def tick(self) -> None:
        is_idle = not self.backups or self.backups[-1].stop_time < self.now
        if is_idle and self.random.random() < 0.06:
            self.recover()
        if is_idle and self.random.random() < 0.02 and self.timeline > 1:
            self.roll_back()
        if is_idle and self.random.random() < 0.35:
            self.back_up()
        self.states.append((self.now + TICK * 0.9, self.timeline, position(self.number + 0.9)))
        if self.random.random() > 0.02:
            self.numbers.setdefault(self.timeline, set()).add(self.number)
        self.number += 1
        self.now += TICK
        self.last_archived[self.timeline] = self.now

    def back_up(self) -> None:
        chain = [each for each in self.backups if each.timeline == self.timeline]
        parent = chain[-1].label if chain and self.random.random() < 0.6 else None
        start, stop = 0.1, self.random.choice([0.2, 0.3, 1.0, 1.2])
        label = f"{len(self.backups):03}-{'incremental' if parent else 'full'}"
        self.backups.append(
            sample_backup(
                label,
                parent=parent,
                start_time=self.now + TICK * start,
                stop_time=self.now + TICK * stop,
                start_lsn=position(self.number + start),
                stop_lsn=position(self.number + stop),
                timeline=self.timeline,
                segment_size=SIZE,
            )
        )

    def recover(self) -> None:
        """Go back to an earlier moment of the cluster's present way; a new timeline begins there."""
        history = self.histories.get(self.timeline, TimelineHistory(self.timeline))
        reachable = [lsn for _at, timeline, lsn in self.states if history.reaches(lsn, timeline=timeline)]
        if not reachable:
            return
        at = self.random.choice(reachable[-12:])
        left = history.timeline_at(at)
        self.ends[self.timeline] = self.number
        ancestors = (*(each for each in history.ancestors if each.timeline < left), TimelineSwitch(left, at))
        self.timeline = max([1, *self.histories]) + 1
        self.histories[self.timeline] = TimelineHistory(self.timeline, ancestors)
        self.last_archived[self.timeline] = self.now
        self.number = SIZE.number_at(at)

    def roll_back(self) -> None:
        """Take the timeline up again that the last recovery left."""
        self.ends[self.timeline] = self.number
        self.timeline = self.random.choice(sorted(set(self.ends) - {self.timeline}) or [self.timeline])
        self.number = self.ends.get(self.timeline, self.number)

    def stock(self) -> Stock:
        """What retention would find, with some of it lost, pinned or in use."""
        backups = [each for each in self.backups if each.stop_time <= self.now and self.random.random() > 0.03]
        lost = [each for each in self.backups if each not in backups and self.random.random() < 0.3]
        intervals = {timeline: IntervalSet.of(numbers) for timeline, numbers in self.numbers.items()}
        wal = ArchivedWal(intervals, self.histories, SIZE)
        labels = [each.label for each in backups]
        pins = {label: self.pins() for label in labels if self.random.random() < 0.04}
        held = frozenset(label for label in labels if self.random.random() < 0.02)
        found = catalogue_of(backups, wal=wal)
        damaged = tuple(each.label for each in lost)
        return Stock(found.backups, found.usable, wal, self.last_archived, pins, held, damaged)

    def pins(self) -> tuple[Pin, ...]:
        until = self.now + timedelta(days=self.random.choice([-1, 1]))
        return (Pin("a reason", BEGIN, self.random.choice([until, None])),)

    def policy(self) -> RetentionPolicy:
        def some(*counts: int) -> int:
            return self.random.choice(counts)

        return RetentionPolicy(
            some(1, 2, 3), some(0, 1, 3, 7), some(0, 0, 3), some(0, 0, 2), some(0, 0, 2), some(0, 0, 1)
        )
