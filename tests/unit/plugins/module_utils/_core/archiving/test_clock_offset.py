# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.clock_offset import ClockOffset, widest_ms

Probe = tuple[float, float, float]


@pytest.mark.parametrize(
    ("probes", "least", "most"),
    [
        pytest.param([(0.0, 0.1, 0.2)], -0.1, 0.1, id="no difference can be seen"),
        pytest.param([(0.0, 5.1, 0.2)], 4.9, 5.1, id="ahead"),
        pytest.param([(10.0, 5.1, 10.2)], -5.1, -4.9, id="behind"),
        pytest.param([(0.0, 0.5, 1.0), (2.0, 2.01, 2.02)], -0.01, 0.01, id="the quickest answer counts"),
        pytest.param([(0.0, 0.9, 1.0), (2.0, 2.2, 2.8)], -0.1, 0.2, id="two answers together know more"),
        pytest.param([(0.0, 0.1, 0.2), (1.0, 9.1, 1.2)], -0.1, 8.1, id="a clock that was set in between"),
    ],
)
def test_offset_is_what_every_answer_allows(probes: list[Probe], least: float, most: float) -> None:
    found = ClockOffset.of(probes)
    assert found is not None
    assert (found.least, found.most) == (pytest.approx(least), pytest.approx(most))


def test_host_that_told_nothing_is_unknown() -> None:
    assert ClockOffset.of([]) is None
    assert widest_ms([]) is None


@pytest.mark.parametrize(
    ("least", "most", "surely"), [(-0.1, 0.1, 0.0), (0.3, 0.5, 0.3), (-0.5, -0.2, 0.2), (0.0, 9.0, 0.0)]
)
def test_clocks_surely_differ_by_what_no_answer_excuses(least: float, most: float, surely: float) -> None:
    assert ClockOffset(least, most).surely == pytest.approx(surely)
