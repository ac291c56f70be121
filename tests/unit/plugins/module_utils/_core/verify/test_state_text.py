# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text form of the state of verification."""

from __future__ import annotations

import json

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state import VerifyState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state_text import format_state, parse_state
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from verify_state import DAY_1, DAY_2, IDENTITY, SIZE, moments


def test_neighbours_of_one_run_are_one_entry_whatever_the_order() -> None:
    state = VerifyState(SIZE)
    for first in (40, 0, 20, 30, 10):
        state.add_wal(SegmentRange(1, first, first + 10), moment=DAY_1)

    assert format_state(state).count("first_segment") == 1


def test_text_form_comes_back() -> None:
    state = VerifyState(SIZE)
    state.started, state.selection = DAY_1, "newest"
    state.add_wal(SegmentRange(1, 3, 6), moment=DAY_1)
    state.add_file("b1", name="base.tar", moment=DAY_2)
    again = parse_state(format_state(state), size=SIZE)

    assert format_state(again) == format_state(state)
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
    noted = json.loads(format_state(parse_state(format_state(state), size=SIZE)))["damaged"]

    at = "2026-11-01T00:00:00.000000Z"
    file = {"inode": 4711, "size_bytes": 5, "mtime_ns": 1_700_000_000_123_456_789}
    assert noted == {
        "segments": {names[0]: {"found": at, "file": file}},
        "files": {"b1": {"base.tar": {"found": at, "file": None}}},
    }


def test_notes_of_earlier_releases_are_read() -> None:
    document = json.loads(format_state(VerifyState(SIZE)))
    for key in ("damaged", "seen", "unparsed"):
        del document[key]
    assert json.loads(format_state(parse_state(json.dumps(document), size=SIZE)))["damaged"]["segments"] == {}
    moments_only = {"segments": {"0" * 23 + "3": "2026-11-01T00:00:00.000000Z"}, "files": {}}
    document["damaged"] = moments_only
    assert json.loads(format_state(parse_state(json.dumps(document), size=SIZE)))["damaged"] == moments_only
    document["damaged"] = {"segments": {"notes.txt": "2026-11-01T00:00:00.000000Z"}, "files": {}}
    with pytest.raises(ValueError, match=r"notes\.txt"):
        parse_state(json.dumps(document), size=SIZE)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"format": 1}', '{"format": 1, "run": {}}'])
def test_what_is_no_state_is_told(text: str) -> None:
    with pytest.raises(ValueError):
        parse_state(text, size=SIZE)
