# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.damage import FileIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.high_water import HighWater
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.selection import (
    BackupFile,
    VerifyRequest,
    never_verified,
    select_files,
    select_wal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state import VerifyState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange

SIZE = SegmentSize(16 * 1024 * 1024)
DAY_1 = datetime(2026, 11, 1, tzinfo=timezone.utc)
DAY_2 = DAY_1 + timedelta(days=1)
DAY_3 = DAY_1 + timedelta(days=2)
IDENTITY = FileIdentity(4711, 5, 1_700_000_000_123_456_789)
FILES = [BackupFile("b1", "base.tar.zst", 60), BackupFile("b1", "16384.tar.zst", 30), BackupFile("b2", "base.tar", 10)]


def moments(state: VerifyState, runs: IntervalSet) -> list[tuple[datetime | None, int, int]]:
    found = [(moment, each.first, each.end) for moment, each in state.wal_moments(1, runs)]
    return sorted(found, key=lambda each: each[1])


def test_wal_is_known_by_moments() -> None:
    state = VerifyState(SIZE)
    state.add_wal(SegmentRange(1, 3, 6), moment=DAY_1)
    state.add_wal(SegmentRange(1, 8, 10), moment=DAY_2)
    state.add_wal(SegmentRange(1, 5, 7), moment=DAY_2)
    state.add_wal(SegmentRange(2, 0, 99), moment=DAY_2)
    state.remove_wal(SegmentRange(1, 9, 10))

    assert moments(state, IntervalSet.joined([(2, 10)])) == [
        (None, 2, 3),
        (DAY_1, 3, 5),
        (DAY_2, 5, 7),
        (None, 7, 8),
        (DAY_2, 8, 9),
        (None, 9, 10),
    ]


def test_neighbours_of_one_run_are_one_entry_whatever_the_order() -> None:
    state = VerifyState(SIZE)
    for first in (40, 0, 20, 30, 10):
        state.add_wal(SegmentRange(1, first, first + 10), moment=DAY_1)

    assert str(state).count("first_segment") == 1


def test_text_form_comes_back() -> None:
    state = VerifyState(SIZE)
    state.started, state.selection = DAY_1, "newest"
    state.add_wal(SegmentRange(1, 3, 6), moment=DAY_1)
    state.add_file("b1", name="base.tar", moment=DAY_2)
    again = VerifyState.parse(str(state), size=SIZE)

    assert str(again) == str(state)
    assert (again.started, again.finished, again.selection) == (DAY_1, None, "newest")
    assert again.file_moment("b1", name="base.tar") == DAY_2
    assert again.file_moment("b1", name="other") is None


def test_damage_is_noted_until_it_is_found_whole_or_gone() -> None:
    state = VerifyState(SIZE)
    names = [f"00000001000000000000000{number}" for number in (3, 4, 9)]
    state.add_wal(SegmentRange(1, 0, 20), moment=DAY_1)
    for name in names:
        state.add_damaged_segment(name, moment=DAY_1, identity=IDENTITY)
    for label in ("b1", "b2", "b3"):
        state.add_damaged_file(label, name="base.tar", moment=DAY_1, identity=None)
    assert moments(state, IntervalSet((3, 5))) == [(None, 3, 5)]

    state.add_wal(SegmentRange(2, 4, 5), moment=DAY_2)
    state.add_wal(SegmentRange(1, 4, 5), moment=DAY_2)
    state.add_file("b2", name="base.tar", moment=DAY_2)
    state.keep_only(labels=["b1", "b2"], wal={1: IntervalSet((0, 9))})
    noted = json.loads(str(VerifyState.parse(str(state), size=SIZE)))["damaged"]

    at = "2026-11-01T00:00:00.000000Z"
    file = {"inode": 4711, "size_bytes": 5, "mtime_ns": 1_700_000_000_123_456_789}
    assert noted == {
        "segments": {names[0]: {"found": at, "file": file}},
        "files": {"b1": {"base.tar": {"found": at, "file": None}}},
    }


def test_notes_of_earlier_releases_are_read() -> None:
    document = json.loads(str(VerifyState(SIZE)))
    for key in ("damaged", "seen", "unparsed"):
        del document[key]
    assert json.loads(str(VerifyState.parse(json.dumps(document), size=SIZE)))["damaged"]["segments"] == {}
    moments_only = {"segments": {"0" * 23 + "3": "2026-11-01T00:00:00.000000Z"}, "files": {}}
    document["damaged"] = moments_only
    assert json.loads(str(VerifyState.parse(json.dumps(document), size=SIZE)))["damaged"] == moments_only
    document["damaged"] = {"segments": {"notes.txt": "2026-11-01T00:00:00.000000Z"}, "files": {}}
    with pytest.raises(ValueError, match=r"notes\.txt"):
        VerifyState.parse(json.dumps(document), size=SIZE)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"format": 1}', '{"format": 1, "run": {}}'])
def test_what_is_no_state_is_told(text: str) -> None:
    with pytest.raises(ValueError):
        VerifyState.parse(text, size=SIZE)


def test_what_is_gone_is_forgotten() -> None:
    state = VerifyState(SIZE)
    state.add_wal(SegmentRange(1, 3, 9), moment=DAY_1)
    state.add_file("b1", name="base.tar", moment=DAY_1)
    state.add_file("b2", name="base.tar", moment=DAY_1)
    state.keep_only(labels=["b2"], wal={1: IntervalSet.joined([(5, 20)])})

    assert state.file_moment("b1", name="base.tar") is None
    assert state.file_moment("b2", name="base.tar") == DAY_1
    assert moments(state, IntervalSet.joined([(3, 9)])) == [(None, 3, 5), (DAY_1, 5, 9)]


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
        for stretch in chosen:
            state.add_wal(stretch, moment=moment)
            read |= {(stretch.timeline, one) for one in range(stretch.first, stretch.end)}
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
        for stretch in select_wal(present, state=state, cutoff=None, sample_percent=10):
            state.add_wal(stretch, moment=DAY_1 + timedelta(days=day))
        for file in select_files(files, state=state, cutoff=None, sample_percent=10):
            state.add_file(file.label, name=file.name, moment=DAY_1 + timedelta(days=day))
        state.seen = HighWater.of([each.label for each in files], wal=present)
        state = VerifyState.parse(str(state), size=SIZE)
        unread.append(never_verified(files, present=present, state=state))

    assert unread[:2] == [(7, 1036), (5, 776)]
    assert unread[9:] == [(0, 0)] * 5
    ages = [moment for moment, _stretch in state.wal_moments(1, present[1])]
    assert min(filter(None, ages)) >= DAY_1 + timedelta(days=kept_days + 4)


def test_first_sample_after_an_interrupted_one_has_what_is_new_and_was_not_read() -> None:
    state = VerifyState(SIZE)
    state.seen = HighWater("b1", {1: 49})
    state.add_wal(SegmentRange(1, 0, 52), moment=DAY_1)
    state.add_file("b1", name="base.tar.zst", moment=DAY_1)
    chosen = select_wal({1: IntervalSet((0, 60)), 2: IntervalSet((60, 63))}, state=state, cutoff=None, sample_percent=1)

    assert chosen == (SegmentRange(1, 0, 1), SegmentRange(1, 52, 60), SegmentRange(2, 60, 63))
    assert select_files(FILES, state=state, cutoff=None, sample_percent=1) == (FILES[1], FILES[2])


def test_segments_that_were_not_parsed_are_known_and_read_again_by_who_can() -> None:
    state = VerifyState(SIZE)
    state.add_wal(SegmentRange(1, 0, 20), moment=DAY_1)
    state.add_unparsed(SegmentRange(1, 0, 10), version=15)
    state.add_unparsed(SegmentRange(1, 10, 14), version=18)
    state.add_wal(SegmentRange(1, 12, 13), moment=DAY_2)
    state.keep_only(labels=[], wal={1: IntervalSet((2, 20))})
    state = VerifyState.parse(str(state), size=SIZE)
    assert state.unparsed_count({1: IntervalSet((0, 30))}) == 11
    assert state.unparsed_count({1: IntervalSet((0, 3)), 2: IntervalSet((3, 9))}) == 1

    state.forget_unparsed([18, 17])

    assert moments(state, IntervalSet((2, 20))) == [
        (DAY_1, 2, 10),
        (None, 10, 12),
        (DAY_2, 12, 13),
        (None, 13, 14),
        (DAY_1, 14, 20),
    ]
    assert state.unparsed_count({1: IntervalSet((0, 30))}) == 8


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
