# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who writes one restore point, when, and why nobody does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.clock_offset import ClockOffset
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.point_agreement import (
    Agreement,
    Candidate,
    agree,
    lead_of,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused

ONE = Candidate("db1", system_identifier="1", began=100.0, seconds=2.0, clock=ClockOffset(-0.01, 0.02))
TWO = Candidate("db2", system_identifier="2", began=100.5, seconds=3.0, clock=ClockOffset(0.0, 0.04))
STANDBY = Candidate("db3", is_standby=True, system_identifier="2")


def agreed(*candidates: Candidate, **more: Any) -> Agreement:
    return agree(candidates, **{"forks": 5, "limit_ms": 1000.0, **more})


def test_primaries_write_and_standbys_are_passed_over() -> None:
    assert agreed(ONE, TWO, STANDBY) == Agreement(("db1", "db2"), ("db3",), 8.0, 50.0)


def test_user_may_want_another_lead() -> None:
    assert agreed(ONE, TWO, lead_seconds=20.0).lead_seconds == 20.0


def test_one_cluster_waits_for_nobody_whatever_its_clock_and_the_forks() -> None:
    wrong = replace(TWO, clock=ClockOffset(60.0, 61.0))
    assert agreed(wrong, STANDBY, forks=1) == Agreement(("db2",), ("db3",), 0.0)


def test_clock_that_is_not_known_is_left_out() -> None:
    assert agreed(ONE, replace(TWO, clock=None)).clocks_ms == 30.0


@pytest.mark.parametrize(
    ("candidates", "more", "code", "named"),
    [
        ([ONE, replace(TWO, is_ready=False)], {}, "clusters-not-ready", "1 host of 2"),
        ([replace(ONE, is_ready=False), replace(STANDBY, is_ready=False)], {}, "clusters-not-ready", "db1, db3"),
        ([STANDBY], {}, "standby", "db3"),
        ([ONE, STANDBY], {}, "standby", "db3"),
        ([ONE, TWO], {"forks": 1}, "forks-too-few", "on 1 at a time"),
        ([ONE, replace(TWO, clock=ClockOffset(1.2, 1.4))], {}, "clocks-differ", "db2 by 1200 ms"),
        ([ONE, replace(TWO, clock=ClockOffset(-3.0, -2.0))], {}, "clocks-differ", "db2 by 2000 ms"),
        ([ONE, replace(TWO, clock=ClockOffset(0.2, 0.3))], {"limit_ms": 100.0}, "clocks-differ", "more than 100 ms"),
    ],
)
def test_nobody_writes_unless_all_can(candidates: list[Candidate], more: dict[str, Any], code: str, named: str) -> None:
    with pytest.raises(Refused) as caught:
        agreed(*candidates, **more)
    assert caught.value.code == code and named in caught.value.message and caught.value.hint


def test_forks_for_the_writers_are_enough() -> None:
    assert agreed(ONE, TWO, STANDBY, forks=2).writers == ("db1", "db2")


@pytest.mark.parametrize(
    ("writers", "lead"),
    [
        pytest.param([replace(ONE, seconds=0.1)], 3.0, id="three seconds at least"),
        pytest.param(
            [ONE, replace(TWO, began=104.0, seconds=4.0)], 17.0, id="the last to begin counts with the slowest"
        ),
        pytest.param([replace(ONE, seconds=9999.0)], 300.0, id="five minutes at most"),
    ],
)
def test_lead_is_twice_what_the_look_took(writers: list[Candidate], lead: float) -> None:
    assert lead_of(writers) == lead
