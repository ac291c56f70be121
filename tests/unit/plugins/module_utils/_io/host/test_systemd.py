# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, InvalidInput, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.file_step import WriteFile
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.plan import SystemctlStep, UnitState
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.systemd import (
    apply_timer_steps,
    check_calendar,
    unit_states,
)
from fake_runner import NoPrograms

SHOW = ("systemctl", "show", "--property=Id,ActiveState,UnitFileState,NeedDaemonReload")
CALENDAR = ("systemd-analyze", "calendar")
# What systemd 252 prints.
SHOWN = """\
Id=a.timer
ActiveState=active
UnitFileState=enabled
NeedDaemonReload=no

Id=a.service
ActiveState=failed
UnitFileState=static
NeedDaemonReload=yes

Id=b.timer
ActiveState=inactive
UnitFileState=
NeedDaemonReload=no
"""
ELAPSES = "Normalized form: *-*-* 01:00:00\n    Next elapse: {}\n"


def test_states(make_runner: Callable[..., Any]) -> None:
    runner = make_runner({(*SHOW, "a.timer", "a.service", "b.timer"): SHOWN})

    assert unit_states(["a.timer", "a.service", "b.timer"], runner=runner) == {
        "a.timer": UnitState(enabled=True, active=True),
        "a.service": UnitState(failed=True, needs_reload=True),
        "b.timer": UnitState(),
    }
    assert unit_states([], runner=runner) == {}


def test_calendar_that_systemd_reads(make_runner: Callable[..., Any]) -> None:
    runner = make_runner({(*CALENDAR, "01:00"): ELAPSES.format("Mon 2026-11-23 01:00:00 UTC")})

    check_calendar("01:00", job="full", runner=runner)
    runner.assert_all_asked()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(
            Failed("Failed to parse calendar specification '25:00': Invalid argument", code="command-failed"),
            "Failed to parse",
            id="no expression",
        ),
        pytest.param(ELAPSES.format("never"), "it never elapses", id="past"),
    ],
)
def test_calendar_that_systemd_does_not_take(make_runner: Callable[..., Any], answer: Any, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_calendar("25:00", job="full", runner=make_runner({(*CALENDAR, "25:00"): answer}))
    assert caught.value.code == "calendar-invalid" and words in caught.value.message


def test_calendar_is_not_checked_where_nobody_can() -> None:
    check_calendar("25:00", job="full", runner=NoPrograms())


def test_steps_are_carried_out_in_order(make_runner: Callable[..., Any], tmp_path: Path) -> None:
    runner = make_runner({("systemctl", "--no-ask-password", "daemon-reload"): ""})
    path = tmp_path / "a.timer"

    apply_timer_steps([WriteFile(str(path), b"[Timer]", 0o644), SystemctlStep(("daemon-reload",))], runner=runner)

    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"[Timer]", 0o644)
    runner.assert_all_asked()


def test_step_that_fails_ends_it(make_runner: Callable[..., Any]) -> None:
    call = ("systemctl", "--no-ask-password", "enable", "--now", "a.timer")
    runner = make_runner({call: Unavailable("Unit a.timer is masked.", code="x")})

    with pytest.raises(Failed) as caught:
        apply_timer_steps([SystemctlStep(("enable", "--now", "a.timer"))], runner=runner)
    assert "masked" in caught.value.message
