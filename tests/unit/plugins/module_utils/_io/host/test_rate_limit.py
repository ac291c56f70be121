# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.rate_limit import RateLimit
from stepped_clock import SteppedClock


def test_bytes_are_paid_for_before_more_are_spent() -> None:
    clock = SteppedClock()
    limit = RateLimit(100, clock=clock.now, sleep=clock.sleep)
    for size_bytes in (200, 50, 100):
        limit.spend(size_bytes)
    assert clock.slept == [2.0, 0.5]


def test_time_that_passed_unused_is_not_saved() -> None:
    clock = SteppedClock()
    limit = RateLimit(100, clock=clock.now, sleep=clock.sleep)
    clock.seconds += 60
    limit.spend(100)
    limit.spend(100)
    assert clock.slept == [1.0]


@pytest.mark.parametrize("rate", [None, 0])
def test_without_a_rate_nobody_waits(rate: float | None) -> None:
    clock = SteppedClock()
    limit = RateLimit(rate, clock=clock.now, sleep=clock.sleep)
    for _number in range(3):
        limit.spend(1 << 30)
    assert clock.slept == []
