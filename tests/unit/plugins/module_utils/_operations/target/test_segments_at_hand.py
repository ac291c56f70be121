# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A segment is fetched once for readings that follow each other, and never stands for another."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.target.segments_at_hand import SegmentsAtHand

MIB = 1024 * 1024
FIRST, SECOND = "000000010000000000000003", "000000010000000000000004"


@pytest.fixture
def two(folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path) -> ClusterFolder:
    for number in (3, 4):
        folder.store_wal(str(make_segment(number)), data_directory=str(data_directory), compression="gzip")
    return folder


def at_hand(
    folder: ClusterFolder, *, live: dict[str, str] | None = None, size_mib: int = 1
) -> tuple[SegmentsAtHand, list[None]]:
    """And one entry for each segment that was brought anew."""
    brought: list[None] = []
    segments = SegmentsAtHand(
        folder, live=live or {}, size=SegmentSize(size_mib * MIB), before_segment=lambda: brought.append(None)
    )
    return segments, brought


def test_stored_segment_stays_for_the_next_reading(two: ClusterFolder) -> None:
    segments, brought = at_hand(two)
    with segments:
        segments.bring(FIRST, as_name=FIRST, key=None)
        segments.release()
        segments.bring(FIRST, as_name=FIRST, key=None)
        assert (len(brought), os.listdir(segments.directory)) == (1, [FIRST])


def test_large_segments_do_not_stay(two: ClusterFolder) -> None:
    segments, brought = at_hand(two, size_mib=128)
    with segments:
        for _reading in range(2):
            segments.bring(FIRST, as_name=FIRST, key=None)
            segments.release()
        assert (len(brought), os.listdir(segments.directory)) == (2, [])


def test_segment_of_another_name_is_not_taken_for_the_one_that_stayed(two: ClusterFolder) -> None:
    """The successor timeline's file stands under this timeline's name for one reading, and does not outlive it."""
    segments, brought = at_hand(two)
    with segments:
        segments.bring(FIRST, as_name=FIRST, key=None)
        segments.release()
        own = Path(segments.directory, FIRST).read_bytes()
        segments.bring(SECOND, as_name=FIRST, key=None)
        assert Path(segments.directory, FIRST).read_bytes() != own
        segments.release()
        segments.bring(FIRST, as_name=FIRST, key=None)
        assert (Path(segments.directory, FIRST).read_bytes(), len(brought)) == (own, 3)


def test_segment_of_pg_wal_is_linked_and_does_not_stay(two: ClusterFolder, make_segment: Callable[..., Path]) -> None:
    path = str(make_segment(5))
    name = os.path.basename(path)
    segments, _brought = at_hand(two, live={name: path})
    with segments:
        segments.bring(name, as_name=name, key=None)
        assert os.readlink(f"{segments.directory}/{name}") == path
        segments.release()
        assert os.listdir(segments.directory) == []
