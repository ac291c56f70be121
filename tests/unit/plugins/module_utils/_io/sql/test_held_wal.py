# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a server, answered by a script; the statements themselves run in integration tests."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.sql.held_wal import held_wal, stuck_summarizer
from scripted_server import Rows, ScriptedServer

LATE = (1, "0/3000000", "0/3000100", "0/5000028", 60.0)


def looks(*states: tuple[Any, ...]) -> ScriptedServer:
    """A server whose summarizer is seen in these states, one after the other."""
    left = list(states)

    def next_state() -> Rows:
        return [left.pop(0)]

    return ScriptedServer({"pg_get_wal_summarizer_state": next_state, "pg_current_wal_insert_lsn": [("0/7000000",)]})


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param([LATE, LATE], True, id="it does not move"),
        pytest.param([LATE, (1, "0/3000000", "0/3000200", "0/5000028", 61.0)], False, id="it moves"),
        pytest.param([(1, "0/5000028", "0/5000028", "0/5000028", 60.0)], False, id="in time, so one look is enough"),
        pytest.param([(1, "0/3000000", "0/3000100", "0/5000028", 5.0)], False, id="the checkpoint was just now"),
    ],
)
def test_summarizer_is_watched_where_it_is_late(*, states: list[tuple[Any, ...]], expected: bool) -> None:
    assert (stuck_summarizer(looks(*states), pause_seconds=0) is not None) is expected


def test_slots_and_limits_of_a_server() -> None:
    answers: dict[str, Rows] = {
        "wal_segment_size": [("wal_segment_size", 1 << 20), ("wal_keep_size", 0), ("max_slot_wal_keep_size", -1 << 20)],
        "name = %(name)s": [],
        "confirmed_flush_lsn": [],
        "pg_replication_slots": [
            ("gone", "0/1000000", False, "extended"),
            ("lost", None, False, "lost"),
            ("new", "0/6F00000", True, "reserved"),
        ],
        "pg_current_wal_insert_lsn": [("0/7000000",)],
    }
    held = held_wal(ScriptedServer(answers))

    assert (held.segment_bytes, held.keep_bytes, held.slot_limit_bytes) == (1 << 20, 0, None)
    assert [(each.name, each.held_bytes, each.state) for each in held.slots] == [
        ("gone", 96 << 20, "not in use"),
        ("lost", None, "lost"),
        ("new", 1 << 20, "in use"),
    ]
    # A standby that has replayed nothing cannot tell.
    unknown = held_wal(ScriptedServer({**answers, "pg_current_wal_insert_lsn": [(None,)]}))
    assert {each.held_bytes for each in unknown.slots} == {None}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("0/1000000", "0/1000000", True, id="nothing is taken"),
        pytest.param("0/1000000", "0/1000100", False, id="it moves"),
        pytest.param("0/6F00000", "0/6F00000", False, id="all was sent, and is not confirmed yet"),
        pytest.param(None, None, False, id="our role may not see it"),
    ],
)
def test_receiver_that_is_far_behind_is_watched(before: str | None, after: str | None, *, expected: bool) -> None:
    looks = [before, after]

    def sent() -> Rows:
        found = looks.pop(0)
        return [] if found is None else [("late", found)]

    answers: dict[str, Any] = {
        "wal_segment_size": [("wal_segment_size", 1 << 20), ("wal_keep_size", 0), ("max_slot_wal_keep_size", -1 << 20)],
        "name = %(name)s": [],
        "confirmed_flush_lsn": [],
        "pg_stat_replication": sent,
        "pg_replication_slots": [("late", "0/1000000", True, "extended")],
        "pg_current_wal_insert_lsn": [("0/7000000",)],
    }
    (slot,) = held_wal(ScriptedServer(answers), pause_seconds=0).slots
    assert slot.is_still is expected
