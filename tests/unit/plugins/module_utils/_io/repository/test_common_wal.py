# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.common_wal import (
    check_common_wal,
    whole_timelines,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from registered_cluster import SEGMENT_BYTES
from two_repositories import NAMES, TwoRepositories, spoiled


class Noting(DirectoryStorage):
    """Remembers which files were read whole."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.asked: list[str] = []

    def read_all(self, key: str, *, limit_bytes: int = 1 << 20) -> bytes | None:
        self.asked.append(key)
        return super().read_all(key, limit_bytes=limit_bytes)


OTHER = b"another server's"


@pytest.fixture
def two(tmp_path: Path) -> TwoRepositories:
    return TwoRepositories(tmp_path)


def check(two: TwoRepositories, first: int = 1, end: int = 8) -> None:
    one, other = ((each.storage, each.stored_wal()) for each in (two.near, two.far))
    check_common_wal(one, other, ranges=[SegmentRange(1, first, end)])


def refused(two: TwoRepositories, number: int, *, first: int = 1, end: int = 8) -> bool:
    with pytest.raises(Refused) as caught:
        check(two, first, end)
    return caught.value.code == "repositories-differ" and NAMES[number] in caught.value.message


def test_last_segment_of_both_speaks_for_all_before_it(two: TwoRepositories) -> None:
    two.store(two.near, 1, 3)
    two.store(two.far, 1, 2, 3, 4)
    check(two)


@pytest.mark.parametrize("compression", ["gzip", "none", "zstd"])
def test_last_segment_that_differs_speaks_against_all(two: TwoRepositories, compression: str) -> None:
    for folder in (two.near, two.far):
        two.store(folder, 1)
    two.store(two.near, 4)
    two.store(two.far, 2, 3, 4, body=OTHER, compression=compression)
    assert refused(two, 4)


def test_histories_that_part_behind_the_range_are_one_within(two: TwoRepositories) -> None:
    two.store(two.near, 3, 4)
    two.store(two.far, 2, 3)
    two.store(two.far, 4, body=OTHER)
    check(two, 1, 4)


def test_next_segment_counts_where_the_end_of_the_range_is_in_one_only(two: TwoRepositories) -> None:
    two.store(two.near, 1, 5)
    two.store(two.far, 1)
    two.store(two.far, 2, 3, 5, body=OTHER)
    assert refused(two, 5, end=4)


def test_damage_says_nothing_and_the_segment_before_is_looked_at(two: TwoRepositories) -> None:
    two.store(two.near, 1, 3)
    two.store(two.far, 1, 3, body=OTHER)
    spoiled(two.file(two.near, 3))
    assert refused(two, 1)


def test_segment_in_which_the_timeline_was_left_says_nothing(two: TwoRepositories) -> None:
    source = two.wal / "00000002.history"
    source.write_text(f"1\t0/{3 * SEGMENT_BYTES + 4096:X}\tno recovery target\n")
    two.store(two.near, 2, 3)
    two.store(two.far, 2)
    two.store(two.far, 3, body=OTHER)
    assert refused(two, 3)
    two.far.store_wal(str(source), data_directory=str(two.data))
    check(two)


def test_histories_are_read_only_where_a_segment_differs(two: TwoRepositories) -> None:
    # Each is a question to another host, and a cluster that was often restored has many.
    source = two.wal / "00000002.history"
    source.write_text(f"1\t0/{3 * SEGMENT_BYTES + 4096:X}\tno recovery target\n")
    for folder in (two.near, two.far):
        two.store(folder, 2, 3)
        folder.store_wal(str(source), data_directory=str(two.data))
        folder.storage = Noting(folder.path)
    check(two)
    assert "wal/00000002/00000002.history" not in (*two.near.storage.asked, *two.far.storage.asked)


def test_folder_that_is_no_timelines_is_passed_over(two: TwoRepositories) -> None:
    two.store(two.near, 3)
    two.store(two.far, 3, body=OTHER)
    (Path(two.near.path) / "wal" / "old_copy").mkdir()
    assert refused(two, 3)


def test_whole_timelines_are_all_that_a_listing_has(two: TwoRepositories) -> None:
    two.store(two.near, 2, 5)
    assert whole_timelines(two.near.stored_wal()) == (SegmentRange(1, 0, 6),)
    assert whole_timelines(two.far.stored_wal()) == ()
