# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A WAL file that is stored already with other content: where the two differ, and whether that matters.

The last segment of a timeline that was left has nothing behind the switch but what was in the file before. Each server
that follows the switch has other bytes there, and with ``archive_mode=always`` archives its own.
Imported only where files differ.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from ..._core.errors import Damaged, Refused
from ..._core.repository.layout import WAL, is_encrypted, method_of, wal_key
from ..._core.wal.file_name import PARTIAL, SEGMENT, TIMELINE_HISTORY, wal_file_kind
from ..._core.wal.segment import Segment, SegmentSize
from ..._core.wal.switch_in_segment import AGREES, LEFT_BY_OTHERS, judge_difference, switch_offsets
from ..._core.wal.timeline import TimelineHistory
from ..storage.port import Storage
from ..stream.compression import decompress
from .pg_wal import live_histories


def check_divergence(
    storage: Storage, key: str, *, name: str, source: int, wal_directory: str, document: Mapping[str, Any]
) -> None:
    """Return when the open file ``source`` is the same as what is stored, up to where its server left the timeline.

    ``wal_directory`` has the histories that its server follows. Raises Refused (``segment-differs``).
    """
    stored = storage.address(key)
    if is_encrypted(key):
        # Where they differ could be seen only with the identity, which is not on this host.
        raise _differs(stored, name=name)
    first = _first_difference(storage, key, source=source)
    if wal_file_kind(name) not in (SEGMENT, PARTIAL):
        raise _differs(stored, name=name)
    segment = Segment.parse(name[:24], size=SegmentSize(document["segment_size_bytes"]))
    own = switch_offsets(live_histories(wal_directory).values(), segment=segment)
    others = switch_offsets(stored_histories(storage, later_than=segment.timeline), segment=segment)
    judgement = judge_difference(first, own=own, others=others)
    if judgement == AGREES:
        return
    if judgement == LEFT_BY_OTHERS:
        raise _went_on(stored, name=name, timeline=segment.timeline, at=str(segment.start + min(others)))
    raise _differs(stored, name=name, at=str(segment.start + first))


def stored_histories(storage: Storage, *, later_than: int) -> Iterator[TimelineHistory]:
    """Those of later timelines that can be read."""
    for folder in storage.list(WAL):
        if wal_file_kind(f"{folder}.history") != TIMELINE_HISTORY:
            continue
        timeline = int(folder, 16)
        if timeline <= later_than:
            continue
        text = storage.read_all(wal_key(TimelineHistory(timeline).file_name, method="none"))
        try:
            yield TimelineHistory.parse((text or b"").decode("utf-8", "replace"), timeline=timeline)
        except Damaged:
            # Verification tells it; here it only means that nothing is known of this timeline.
            continue


def _first_difference(storage: Storage, key: str, *, source: int) -> int:
    """The offset of the first byte in which the two differ; behind the end when none does."""
    os.lseek(source, 0, os.SEEK_SET)
    position = 0
    first: int | None = None

    def compare(chunk: bytes) -> None:
        nonlocal position, first
        if first is None:
            own = os.pread(source, len(chunk), position)
            if own != chunk:
                first = position + _common_length(own, chunk)
        position += len(chunk)

    with storage.read(key) as reading:
        decompress(reading.descriptor, path=storage.address(key), method=method_of(key), write=compare)
    return sys.maxsize if first is None and not os.pread(source, 1, position) else position if first is None else first


def _common_length(one: bytes, other: bytes) -> int:
    differing = (index for index, (left, right) in enumerate(zip(one, other)) if left != right)
    return next(differing, min(len(one), len(other)))


def _went_on(stored: str, *, name: str, timeline: int, at: str) -> Refused:
    return Refused(
        f"'{name}' is already stored, as '{stored}', and differs behind {at}, where the cluster left timeline"
        f" {timeline}: this server stayed on timeline {timeline} after another one was promoted",
        code="segment-differs",
        hint="Stop this server: what it has written since belongs to no timeline of the archive. Save what you need of"
        " it, and make it a standby of the new primary (pg_rewind or a new copy). Nothing was overwritten.",
    )


def _differs(stored: str, *, name: str, at: str = "") -> Refused:
    return Refused(
        f"'{name}' is already stored with other content, as '{stored}'" + (f", and differs from {at} on" if at else ""),
        code="segment-differs",
        hint="Two clusters archive to one place, or one was restored without a new timeline. Find out which content is"
        " right before anything is moved; nothing was overwritten.",
    )


__all__ = ("check_divergence", "stored_histories")
