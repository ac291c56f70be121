# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of verification reads."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.selection import (
    BackupFile,
    VerifyRequest,
    never_verified,
    select_files,
    select_wal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state import HighWater, VerifyState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state_text import format_state, parse_state
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from verify_state import DAY_1, DAY_2, DAY_3, FILES, IDENTITY, SIZE


def test_everything_is_read_unless_told_otherwise() -> None:
    state = VerifyState(SIZE)
    state.add_wal(SegmentRange(1, 0, 100), moment=DAY_2)
    present = {1: IntervalSet.joined([(3, 6), (8, 9)]), 2: IntervalSet.joined([(5, 6)])}
    chosen = select_wal(present, state=state, cutoff=None, sample_percent=100)

    assert chosen == (SegmentRange(1, 3, 6), SegmentRange(1, 8, 9), SegmentRange(2, 5, 6))
    assert select_files(FILES, state=state, cutoff=None, sample_percent=100) == tuple(FILES)


def test_what_was_read_lately_is_left_out() -> None:
    state = VerifyState(SIZE)
    state.add_wal(SegmentRange(1, 0, 4), moment=DAY_1)
    state.add_wal(SegmentRange(1, 4, 8), moment=DAY_2)
    state.add_file("b1", name="base.tar.zst", moment=DAY_2)
    state.add_file("b2", name="base.tar", moment=DAY_1)

    assert select_wal({1: IntervalSet.joined([(2, 10)])}, state=state, cutoff=DAY_2, sample_percent=100) == (
        SegmentRange(1, 2, 4),
        SegmentRange(1, 8, 10),
    )
    assert select_files(FILES, state=state, cutoff=DAY_2, sample_percent=100) == tuple(FILES[1:])


@pytest.mark.parametrize("percent", [1, 7, 10, 33, 50, 99])
def test_samples_come_round_to_everything(percent: int) -> None:
    state = VerifyState(SIZE)
    present = {1: IntervalSet.joined([(10, 60), (70, 111)]), 3: IntervalSet.joined([(5, 14)])}
    read: set[tuple[int, int]] = set()
    files: set[BackupFile] = set()
    for number in range(-(-100 // percent)):
        moment = DAY_1 + timedelta(hours=number)
        chosen = select_wal(present, state=state, cutoff=None, sample_percent=percent)
        assert sum(each.count for each in chosen) == percent
        for segment_range in chosen:
            state.add_wal(segment_range, moment=moment)
            read |= {(segment_range.timeline, one) for one in range(segment_range.first, segment_range.end)}
        for file in select_files(FILES, state=state, cutoff=None, sample_percent=percent):
            state.add_file(file.label, name=file.name, moment=moment)
            files.add(file)

    assert len(read) == 100
    assert files == set(FILES)


def test_a_sample_of_files_has_the_oldest_first_and_enough_bytes() -> None:
    state = VerifyState(SIZE)
    state.add_file("b1", name="base.tar.zst", moment=DAY_2)
    state.add_file("b1", name="16384.tar.zst", moment=DAY_1)
    state.add_file("b2", name="base.tar", moment=DAY_3)

    assert select_files(FILES, state=state, cutoff=None, sample_percent=20) == (FILES[1],)
    assert select_files(FILES, state=state, cutoff=None, sample_percent=40) == (FILES[0], FILES[1])


@pytest.mark.parametrize("percent", [1, 10, 50])
def test_what_was_found_damaged_is_in_every_sample(percent: int) -> None:
    state = VerifyState(SIZE)
    state.add_file("b1", name="base.tar.zst", moment=DAY_1)
    state.add_damaged_file("b1", name="16384.tar.zst", moment=DAY_1, identity=IDENTITY)
    for number in (7, 95):
        state.add_damaged_segment(f"00000001{number:016X}", moment=DAY_1, identity=IDENTITY)
    wal = select_wal({1: IntervalSet((0, 100))}, state=state, cutoff=DAY_1, sample_percent=percent)

    assert {7, 95} <= {number for each in wal for number in range(each.first, each.end)}
    assert sum(each.count for each in wal) == 2 + percent
    # The damaged file, and for the percentage the newest one that nobody has read.
    assert select_files(FILES, state=state, cutoff=DAY_1, sample_percent=percent) == (FILES[1], FILES[2])


def test_samples_beside_retention_leave_nothing_unread() -> None:
    state, a_day, kept_days = VerifyState(SIZE), 144, 8
    unread = []
    for day in range(kept_days, kept_days + 14):
        present = {1: IntervalSet(((day - kept_days) * a_day, day * a_day))}
        files = [BackupFile(f"2026{each:04}", "base.tar", 100) for each in range(day - kept_days, day)]
        state.keep_only(labels=[each.label for each in files], wal=present)
        for segment_range in select_wal(present, state=state, cutoff=None, sample_percent=10):
            state.add_wal(segment_range, moment=DAY_1 + timedelta(days=day))
        for file in select_files(files, state=state, cutoff=None, sample_percent=10):
            state.add_file(file.label, name=file.name, moment=DAY_1 + timedelta(days=day))
        state.high_water = HighWater.of([each.label for each in files], wal=present)
        state = parse_state(format_state(state), size=SIZE)
        unread.append(never_verified(files, present=present, state=state))

    assert unread[:2] == [(7, 1036), (5, 776)]
    assert unread[9:] == [(0, 0)] * 5
    ages = [moment for moment, _stretch in state.wal_moments(1, present[1])]
    assert min(filter(None, ages)) >= DAY_1 + timedelta(days=kept_days + 4)


def test_first_sample_after_an_interrupted_one_has_what_is_new_and_was_not_read() -> None:
    state = VerifyState(SIZE)
    state.high_water = HighWater("b1", {1: 49})
    state.add_wal(SegmentRange(1, 0, 52), moment=DAY_1)
    state.add_file("b1", name="base.tar.zst", moment=DAY_1)
    chosen = select_wal({1: IntervalSet((0, 60)), 2: IntervalSet((60, 63))}, state=state, cutoff=None, sample_percent=1)

    assert chosen == (SegmentRange(1, 0, 1), SegmentRange(1, 52, 60), SegmentRange(2, 60, 63))
    assert select_files(FILES, state=state, cutoff=None, sample_percent=1) == (FILES[1], FILES[2])


@pytest.mark.parametrize(
    ("asked", "finished", "expected"),
    [
        pytest.param(VerifyRequest(), None, None, id="everything"),
        pytest.param(VerifyRequest(max_age_seconds=86400), None, DAY_2, id="an age"),
        pytest.param(VerifyRequest(resume=True), None, DAY_1, id="going on"),
        pytest.param(VerifyRequest(resume=True), DAY_2, None, id="nothing to go on with"),
        pytest.param(VerifyRequest("newest", resume=True), None, None, id="the interrupted run was another"),
        pytest.param(VerifyRequest(resume=True, max_age_seconds=3600), None, DAY_1, id="whichever leaves out more"),
    ],
)
def test_cutoff(asked: VerifyRequest, finished: datetime | None, expected: datetime | None) -> None:
    state = VerifyState(SIZE)
    state.started, state.finished, state.selection = DAY_1, finished, "all"

    assert asked.cutoff(state, now=DAY_3) == expected


@pytest.mark.parametrize(
    "asked",
    [
        VerifyRequest(sample_percent=0),
        VerifyRequest(sample_percent=101),
        VerifyRequest(max_age_seconds=-1),
        VerifyRequest(max_age_seconds=10**12),
        VerifyRequest(max_rate_kib=1),
        VerifyRequest(jobs=0),
    ],
)
def test_numbers_that_make_no_sense(asked: VerifyRequest) -> None:
    with pytest.raises(InvalidInput) as caught:
        asked.check()
    assert caught.value.code == "option-out-of-range"
    assert "pitr_backup_verify_" in caught.value.hint
