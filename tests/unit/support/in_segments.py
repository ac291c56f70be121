# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups and WAL whose places are told in segments: 2.5 is the middle of segment 2, and two and a half minutes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.catalogue import Catalogue, build_catalogue
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.file_name import segment_name
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory
from sample_backup import sample_backup

SIZE = SegmentSize(16 * 1024 * 1024)
EPOCH = datetime(2026, 9, 15, tzinfo=timezone.utc)


def position(segments: float) -> Lsn:
    return Lsn(int(segments * SIZE.size_bytes))


def backup(label: str, start: float, stop: float, *, timeline: int = 1, parent: str | None = None) -> Backup:
    return sample_backup(
        label,
        parent=parent,
        start_time=EPOCH + timedelta(minutes=start),
        stop_time=EPOCH + timedelta(minutes=stop),
        start_lsn=position(start),
        stop_lsn=position(stop),
        timeline=timeline,
        segment_size=SIZE,
    )


def wal(timeline: int, *numbers: int) -> list[str]:
    """The names of these segments."""
    return [segment_name(number, timeline=timeline, size_bytes=SIZE.size_bytes) for number in numbers]


def history(timeline: int, *switches: tuple[int, float]) -> TimelineHistory:
    """The timelines that it left, and where."""
    text = "".join(f"{parent}\t{position(at)}\twhy\n" for parent, at in switches)
    return TimelineHistory.parse(text, timeline=timeline)


def catalogue(backups: Sequence[Backup], names: Sequence[str], histories: Sequence[TimelineHistory] = ()) -> Catalogue:
    """The catalogue of these backups, WAL files and histories."""
    by_timeline: Mapping[int, TimelineHistory] = {each.timeline: each for each in histories}
    return build_catalogue(backups, wal_names=names, histories=by_timeline, segment_size=SIZE)


def windows(found: Catalogue) -> list[tuple[str, float, float, int]]:
    """Label, start, end and timeline of each window."""
    return [
        (each.backup, each.start.value / SIZE.size_bytes, each.end.value / SIZE.size_bytes, each.timeline)
        for each in found.windows
    ]


B1 = backup("b1", 2.5, 2.75)
B2 = backup("b2", 6.5, 7.25)
ON_2 = backup("b3", 6.25, 6.5, timeline=2)
FORK_IN_5 = history(2, (1, 5.5))
