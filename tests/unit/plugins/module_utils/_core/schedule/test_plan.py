# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what lies there and what systemd says to the steps."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.file_step import FileState, WriteFile
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.plan import UnitState, plan_timers

FOLDER = "/etc/systemd/system"
SERVICE, TIMER = (WriteFile(f"{FOLDER}/full.{kind}", kind.encode(), 0o644, (0, 0)) for kind in ("service", "timer"))
OLD = [f"{FOLDER}/old.timer", f"{FOLDER}/old.service"]
RUNS = UnitState(enabled=True, active=True)
THERE = {file.path: FileState(file.mode, (0, 0), file.content) for file in (SERVICE, TIMER)}
OLD_THERE = {path: FileState(0o644, (0, 0), b"") for path in OLD}
WRITE = [f"write {FOLDER}/full.service (7 bytes, mode 0644)", f"write {FOLDER}/full.timer (5 bytes, mode 0644)"]
REMOVE = [f"remove {path}" for path in OLD]
RELOAD, ENABLE = "systemctl daemon-reload", "systemctl enable --now full.timer"
DISABLE = "systemctl disable --now old.timer"


@pytest.mark.parametrize(
    ("present", "states", "steps"),
    [
        pytest.param({}, {}, [*WRITE, RELOAD, ENABLE], id="nothing there"),
        pytest.param(THERE, {"full.timer": RUNS}, [], id="all there"),
        pytest.param(THERE, {}, [ENABLE], id="neither enabled nor started"),
        pytest.param(THERE, {"full.timer": UnitState(active=True)}, [ENABLE], id="gone at the next boot"),
        pytest.param(THERE, {"full.timer": UnitState(enabled=True)}, [ENABLE], id="stopped"),
        pytest.param(
            THERE,
            {"full.timer": RUNS, "full.service": UnitState(needs_reload=True)},
            [RELOAD],
            id="systemd has not read what is there",
        ),
        pytest.param(
            {**THERE, TIMER.path: FileState(0o644, (0, 0), b"another time")},
            {"full.timer": RUNS},
            [WRITE[1], RELOAD],
            id="another time",
        ),
        pytest.param(
            {**THERE, TIMER.path: FileState(0o666, (0, 0), TIMER.content)},
            {"full.timer": RUNS},
            [WRITE[1], RELOAD],
            id="writable for others",
        ),
        pytest.param(
            {**THERE, **OLD_THERE},
            {"full.timer": RUNS, "old.timer": RUNS},
            [DISABLE, *REMOVE, RELOAD],
            id="one too many",
        ),
        pytest.param(
            {**THERE, **OLD_THERE},
            {"full.timer": RUNS, "old.service": UnitState(failed=True)},
            [DISABLE, *REMOVE, RELOAD, "systemctl reset-failed old.service"],
            id="one too many, whose service has failed",
        ),
        pytest.param(
            {**THERE, OLD[1]: OLD_THERE[OLD[1]]},
            {"full.timer": RUNS},
            [REMOVE[1], RELOAD],
            id="half of one too many",
        ),
    ],
)
def test_plan(present: dict[str, FileState], states: dict[str, UnitState], steps: list[str]) -> None:
    planned = plan_timers(wanted=(SERVICE, TIMER), unwanted=OLD, present=present, states=states)

    assert [str(step) for step in planned] == steps


def test_nothing_wanted_and_nothing_there_is_nothing_to_do() -> None:
    assert plan_timers(wanted=(), unwanted=OLD, present=dict.fromkeys(OLD), states={}) == ()
