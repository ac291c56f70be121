# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may take a lease, and who has lost it, is decided from its states and the store's time alone."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.lease_log import (
    Holder,
    LeaseState,
    state_name,
    state_number,
)

ALONE = Holder("a", is_shared=False, renewed_at=1000, note="a backup")
SHARED = Holder("b", is_shared=True, renewed_at=1000)
OTHER = Holder("c", is_shared=True, renewed_at=1030)
NEW_ALONE = Holder("n", is_shared=False, renewed_at=1050)
NEW_SHARED = Holder("n", is_shared=True, renewed_at=1050)


@pytest.mark.parametrize(
    ("present", "wanted", "now", "expected"),
    [
        pytest.param((), NEW_ALONE, 1050, (NEW_ALONE,), id="nobody has it"),
        pytest.param((ALONE,), NEW_ALONE, 1060, None, id="held alone, to the last second"),
        pytest.param((ALONE,), NEW_SHARED, 1050, None, id="held alone, and to be shared"),
        pytest.param((ALONE,), NEW_ALONE, 1061, (NEW_ALONE,), id="its holder is dead"),
        pytest.param((SHARED,), NEW_ALONE, 1050, None, id="shared, and wanted alone"),
        pytest.param((SHARED,), NEW_SHARED, 1050, (SHARED, NEW_SHARED), id="shared with more"),
        pytest.param((SHARED, OTHER), NEW_SHARED, 1070, (OTHER, NEW_SHARED), id="the dead among many leave"),
        pytest.param((SHARED, OTHER), NEW_ALONE, 1070, None, id="one of many lives"),
    ],
)
def test_taking(present: tuple[Holder, ...], wanted: Holder, now: int, expected: tuple[Holder, ...] | None) -> None:
    after = LeaseState(present).taken(wanted, now=now, seconds=60)
    assert (after.holders if after else None) == expected


def test_holder_that_was_silent_has_it_until_it_is_taken_from_him() -> None:
    state = LeaseState((ALONE,))
    assert state.holds("a") and not state.living(now=5000, seconds=60)
    assert state.renewed("a", now=5000).living(now=5000, seconds=60)
    taken = state.taken(NEW_ALONE, now=5000, seconds=60)
    assert taken is not None and not taken.holds("a")


def test_renewing_keeps_the_note_and_noting_replaces_it() -> None:
    state = LeaseState((ALONE, OTHER))
    assert state.renewed("a", now=2000).holders[0].note == "a backup"
    assert state.renewed("a", now=2000, note="retention").holders[0] == Holder("a", False, 2000, "retention")
    assert state.renewed("a", now=2000).holders[1] == OTHER


def test_releasing_leaves_the_others() -> None:
    assert LeaseState((SHARED, OTHER)).released("b") == LeaseState((OTHER,))


def test_states_survive_a_round_trip() -> None:
    state = LeaseState((ALONE, SHARED, OTHER))
    assert LeaseState.parse(str(state)) == state


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"holders": 1}', '{"holders": [{}]}', '{"holders": [{"identifier": 1}]}']
)
def test_what_is_no_state_is_damaged(text: str) -> None:
    with pytest.raises(Damaged) as caught:
        LeaseState.parse(text)
    assert caught.value.code == "lease-damaged"


@pytest.mark.parametrize(
    ("name", "number"), [(state_name(1), 1), (state_name(10**12), 10**12), ("1", -1), ("x" * 20, -1), ("", -1)]
)
def test_numbers_are_read_from_names(name: str, number: int) -> None:
    assert state_number(name) == number


def test_names_sort_as_numbers_do() -> None:
    names = [state_name(number) for number in (9, 10, 99, 100, 10**12)]
    assert names == sorted(names)
