# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.summarizer import SummarizerState, stuck_reason

BEHIND = SummarizerState(
    1,
    Lsn.parse("0/3000000"),
    Lsn.parse("0/3000100"),
    redo=Lsn.parse("0/5000028"),
    checkpoint_age_seconds=60,
    written=Lsn.parse("0/7000000"),
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, True, id="nothing has moved"),
        pytest.param({"pending": Lsn.parse("0/3000200")}, False, id="it reads"),
        pytest.param({"summarized": Lsn.parse("0/4000000")}, False, id="it writes"),
        pytest.param({"timeline": 2}, False, id="it has followed a switch"),
        pytest.param({"checkpoint_age_seconds": 20}, False, id="it may sleep still"),
        pytest.param({"redo": Lsn.parse("0/3000000")}, False, id="it has all that it can have"),
    ],
)
def test_summarizer_that_does_not_move(*, changes: dict[str, Any], expected: bool) -> None:
    assert replace(BEHIND, **changes).is_stuck_since(BEHIND) is expected


def test_one_that_was_in_time_a_moment_ago_is_not_stuck() -> None:
    assert not BEHIND.is_stuck_since(replace(BEHIND, redo=BEHIND.summarized))


def test_what_it_holds_back() -> None:
    assert BEHIND.held_bytes == 4 << 24
    assert replace(BEHIND, written=Lsn(0)).held_bytes == 0
    assert stuck_reason(BEHIND) == "the WAL summarizer is stuck at 0/3000000 of timeline 1"
