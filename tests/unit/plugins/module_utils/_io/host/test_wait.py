# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.wait import wait_until
from stepped_clock import SteppedClock


@pytest.mark.parametrize(
    ("answers", "seconds", "answer", "pauses"),
    [
        pytest.param([7], 10, 7, 0, id="true at once"),
        pytest.param([0, "", 7, 8], 10, 7, 2, id="true later"),
        pytest.param([0, 0, 0, 5], 1, 0, 2, id="not in time"),
        pytest.param([0, 7], 0, 0, 0, id="no time: asked once"),
        pytest.param([0, 7], -3, 0, 0, id="the time is over already"),
        pytest.param([0, 0, 7], 1, 7, 2, id="true at the end of the time"),
    ],
)
def test_answer_that_was_waited_for(answers: list[object], seconds: float, answer: object, pauses: int) -> None:
    clock, remaining = SteppedClock(), iter(answers)
    found = wait_until(lambda: next(remaining), seconds=seconds, pause_seconds=0.5, clock=clock.now, sleep=clock.sleep)
    assert found == answer
    assert clock.slept == [0.5] * pauses


def test_answer_may_have_to_be_more_than_true() -> None:
    clock, remaining = SteppedClock(), iter([1, 2, 3])
    found = wait_until(
        lambda: next(remaining), enough=lambda answer: answer > 1, seconds=9, clock=clock.now, sleep=clock.sleep
    )
    assert found == 2


def test_what_the_question_raises_ends_the_waiting() -> None:
    def ask() -> bool:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        wait_until(ask, seconds=60)
