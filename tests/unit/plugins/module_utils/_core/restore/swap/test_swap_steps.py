# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Swap and rollback, replayed with an interruption between any two renames."""

from __future__ import annotations

from itertools import product

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import (
    SwapPair,
    inner_pair,
    sibling_pair,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_step import Rename, Step
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_steps import (
    rollback_steps,
    swap_steps,
)

DATA = sibling_pair("/pg/data")
SPACE = inner_pair("/mnt/ts", "PG_15_1")
GONE = inner_pair("/mnt/dropped", "PG_15_1", had_live=False)
PAIRS = (SPACE, GONE, DATA)


def content(pairs: tuple[SwapPair, ...]) -> dict[str, str]:
    """What lies where before a swap: the old directories live, the new ones beside."""
    return {
        **{pair.live: f"old {pair.live}" for pair in pairs if pair.had_live},
        **{pair.new: f"new {pair.live}" for pair in pairs},
    }


def apply(places: dict[str, str], steps: tuple[Step, ...]) -> None:
    for step in steps:
        assert isinstance(step, Rename)
        assert step.destination not in places, f"{step} would overwrite"
        places[step.destination] = places.pop(step.source)


def is_new_everywhere(places: dict[str, str]) -> bool:
    return all(places.get(pair.live) == f"new {pair.live}" for pair in PAIRS)


def is_old_everywhere(places: dict[str, str]) -> bool:
    return all(places.get(pair.live) == (f"old {pair.live}" if pair.had_live else None) for pair in PAIRS)


def test_swap_puts_every_restored_directory_in_place() -> None:
    places = content(PAIRS)
    apply(places, swap_steps(PAIRS, existing=frozenset(places)))
    assert is_new_everywhere(places)
    assert swap_steps(PAIRS, existing=frozenset(places)) == ()


def test_swap_interrupted_anywhere_is_finished_by_the_next() -> None:
    steps = swap_steps(PAIRS, existing=frozenset(content(PAIRS)))
    for done in range(len(steps) + 1):
        places = content(PAIRS)
        apply(places, steps[:done])
        apply(places, swap_steps(PAIRS, existing=frozenset(places)))
        assert is_new_everywhere(places), f"interrupted after {done} steps"


def test_rollback_after_an_interruption_anywhere_brings_back_everything() -> None:
    swap = swap_steps(PAIRS, existing=frozenset(content(PAIRS)))
    for done in range(len(swap) + 1):
        places = content(PAIRS)
        apply(places, swap[:done])
        back = rollback_steps(PAIRS, existing=frozenset(places))
        for rolled_back in range(len(back) + 1):
            later = dict(places)
            apply(later, back[:rolled_back])
            apply(later, rollback_steps(PAIRS, existing=frozenset(later)))
            assert is_old_everywhere(later), f"swap interrupted after {done}, rollback after {rolled_back}"
            assert rollback_steps(PAIRS, existing=frozenset(later)) == ()
            assert sorted(later.values()) == sorted(content(PAIRS).values()), "nothing is lost"


def test_rollback_takes_the_data_directory_away_first_and_brings_it_back_last() -> None:
    """Whoever starts the server in between finds no data directory, however often it was interrupted before."""
    places = content(PAIRS)
    apply(places, swap_steps(PAIRS, existing=frozenset(places)))
    steps = rollback_steps(PAIRS, existing=frozenset(places))
    assert steps[0] == Rename(DATA.live, DATA.rolled_back) and steps[-1] == Rename(DATA.old, DATA.live)
    for done in range(1, len(steps)):
        interrupted = dict(places)
        apply(interrupted, steps[:done])
        assert DATA.live not in interrupted
        assert rollback_steps(PAIRS, existing=frozenset(interrupted))[-1] == steps[-1]
    assert rollback_steps((), existing=frozenset()) == ()


def test_no_state_of_a_pair_makes_a_step_that_overwrites() -> None:
    for pair, present in product((DATA, GONE), product((True, False), repeat=4)):
        existing = frozenset(path for path, there in zip(pair.paths, present) if there)
        for steps_of in (swap_steps, rollback_steps):
            try:
                steps = steps_of((pair,), existing=existing)
            except Failed as error:
                assert error.code == "swap-inconsistent"
                continue
            apply({path: path for path in existing}, steps)


def test_rollback_refuses_when_the_old_directory_was_taken_away() -> None:
    with pytest.raises(Failed, match="/pg/data"):
        rollback_steps((DATA,), existing=frozenset())
