# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.calendar import wanted_calendar


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(None, None, id="unset"),
        pytest.param(" ", None, id="empty"),
        pytest.param("none", None, id="none"),
        pytest.param(" daily ", "daily", id="short"),
        pytest.param("Mon..Sat *-*~03/2 01:00:00", "Mon..Sat *-*~03/2 01:00:00", id="long"),
        pytest.param("*-*-* 22:30 Etc/GMT+1", "*-*-* 22:30 Etc/GMT+1", id="time zone"),
    ],
)
def test_calendar(text: str | None, expected: str | None) -> None:
    assert wanted_calendar(text, job="full") == expected


@pytest.mark.parametrize(
    "text", ["daily\n[Service]\nUser=root", "%h", "--version", "Sun; reboot", "x" * 201, "Sün 1:00"]
)
def test_what_no_expression_has_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        wanted_calendar(text, job="verify")
    assert caught.value.code == "calendar-invalid"
    assert "timer_verify" in caught.value.message and "pitr_backup_timer_verify" in caught.value.hint
