# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.restore_point import RestorePointRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, InvalidInput

NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize("name", ["before_release_7", "a" * 63, "ä" * 31, "with blanks, and 'quotes'"])
def test_name_that_postgresql_takes(name: str) -> None:
    RestorePointRequest(name).check()


@pytest.mark.parametrize("name", ["", "a" * 64, "ä" * 32, "two\nlines"])
def test_name_that_postgresql_would_cut_or_not_take(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        RestorePointRequest(name).check()
    assert caught.value.code == "restore-point-name-invalid"


@pytest.mark.parametrize(("ahead", "left"), [(2.5, 2.5), (0.0, 0.0), (-3.0, 0.0), (600.0, 600.0)])
def test_moment_is_waited_for(ahead: float, left: float) -> None:
    request = RestorePointRequest("a", moment=NOON + timedelta(seconds=ahead))
    assert request.seconds_left(NOON) == left


def test_without_a_moment_nothing_is_waited_for_and_nothing_is_late() -> None:
    assert RestorePointRequest("a").seconds_left(NOON) == 0.0
    RestorePointRequest("a").check_in_time(NOON)


def test_moment_far_ahead_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        RestorePointRequest("a", moment=NOON).seconds_left(NOON - timedelta(seconds=601))
    assert caught.value.code == "option-out-of-range" and "601 seconds after" in caught.value.message


def test_who_is_late_writes_nothing() -> None:
    request = RestorePointRequest("a", moment=NOON, limit_ms=250)
    request.check_in_time(NOON + timedelta(milliseconds=250))
    with pytest.raises(Failed) as caught:
        request.check_in_time(NOON + timedelta(milliseconds=251))
    assert caught.value.code == "restore-point-late" and "251 ms after" in caught.value.message
