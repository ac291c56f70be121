# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.spool_limit import SpoolLimit

LIMIT = SpoolLimit(16 << 20)


@pytest.mark.parametrize(
    ("used_mib", "is_held", "holds"),
    [
        pytest.param(0, False, False, id="empty"),
        pytest.param(7, False, False, id="nearly full"),
        pytest.param(8, False, True, id="full"),
        pytest.param(40, False, True, id="more than full"),
        pytest.param(5, True, True, id="still held while it is emptied"),
        pytest.param(3, True, False, id="released before it is empty"),
    ],
)
def test_pg_basebackup_is_held_before_the_limit_and_released_soon(used_mib: int, is_held: bool, holds: bool) -> None:
    assert LIMIT.holds(used_mib << 20, is_held=is_held) is holds


@pytest.mark.parametrize(
    ("limit", "used_mib", "seconds"),
    [
        pytest.param(SpoolLimit(), 0, 0.05, id="much is free"),
        pytest.param(LIMIT, 0, 8 / 1024, id="eight MiB are free, of a disk that takes one GiB a second"),
        pytest.param(LIMIT, 8, 0.002, id="full"),
        pytest.param(LIMIT, 99, 0.002, id="more than full"),
    ],
)
def test_the_next_look_comes_before_it_can_be_full(limit: SpoolLimit, used_mib: int, seconds: float) -> None:
    assert limit.look_seconds(used_mib << 20) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("limit", "wanted_kib", "rate_kib"),
    [
        pytest.param(SpoolLimit(), None, 512 << 10, id="a quarter of a second fills the half that is free"),
        pytest.param(LIMIT, None, 32 << 10, id="a small spool"),
        pytest.param(LIMIT, 1 << 20, 32 << 10, id="the user allows more"),
        pytest.param(LIMIT, 32, 32, id="the user allows less"),
        pytest.param(SpoolLimit(1 << 40), None, 1 << 20, id="no more than pg_basebackup takes"),
        pytest.param(SpoolLimit(1 << 10), None, 32, id="no less than pg_basebackup takes"),
    ],
)
def test_server_sends_no_faster_than_is_looked_after(limit: SpoolLimit, wanted_kib: int | None, rate_kib: int) -> None:
    assert limit.max_rate_kib(wanted_kib) == rate_kib
