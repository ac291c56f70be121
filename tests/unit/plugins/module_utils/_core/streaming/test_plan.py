# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.file_step import FileState, WriteFile
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.plan import UnitState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.streaming.plan import plan_receiver

FOLDER = "/etc/systemd/system"
STREAM, TIMER, PRUNE = "pgpitr-stream-db1.service", "pgpitr-prune-db1.timer", "pgpitr-prune-db1.service"
CONFIG = WriteFile("/etc/pgpitr/db1.pg_service", b"config", 0o600, (5, 5))
UNITS = [WriteFile(f"{FOLDER}/{name}", b"unit", 0o644, (0, 0)) for name in (STREAM, TIMER, PRUNE)]
WANTED = [CONFIG, *UNITS]
THERE = {file.path: FileState(file.mode, file.owner or (0, 0), file.content) for file in WANTED}
RUNS = UnitState(enabled=True, active=True)
RUNNING = {STREAM: RUNS, TIMER: RUNS, PRUNE: UnitState()}
WRITES = [str(file) for file in WANTED]
RELOAD = "systemctl daemon-reload"
OTHER = FileState(0o644, (0, 0), b"other")


@pytest.mark.parametrize(
    ("present", "states", "steps"),
    [
        pytest.param({}, {}, [*WRITES, RELOAD, f"systemctl enable --now {STREAM} {TIMER}"], id="nothing there"),
        pytest.param(THERE, RUNNING, [], id="all there"),
        pytest.param(
            THERE, {**RUNNING, STREAM: UnitState(enabled=True)}, [f"systemctl enable --now {STREAM}"], id="stopped"
        ),
        pytest.param(
            {**THERE, CONFIG.path: FileState(0o600, (5, 5), b"another password")},
            RUNNING,
            [WRITES[0], f"systemctl restart {STREAM}"],
            id="other hosts or another password",
        ),
        pytest.param(
            {**THERE, UNITS[0].path: OTHER},
            RUNNING,
            [WRITES[1], RELOAD, f"systemctl restart {STREAM}"],
            id="another directory",
        ),
        pytest.param({**THERE, UNITS[1].path: OTHER}, RUNNING, [WRITES[2], RELOAD], id="another time"),
        pytest.param(
            {**THERE, UNITS[0].path: OTHER},
            {**RUNNING, STREAM: UnitState(enabled=True)},
            [WRITES[1], RELOAD, f"systemctl enable --now {STREAM}"],
            id="another directory of a stopped one",
        ),
    ],
)
def test_steps_to_a_receiver(
    present: dict[str, FileState | None], states: dict[str, UnitState], steps: list[str]
) -> None:
    assert [str(step) for step in plan_receiver(wanted=WANTED, unwanted=[], present=present, states=states)] == steps


def test_units_end_before_their_files_go() -> None:
    paths = [file.path for file in UNITS] + [CONFIG.path]
    states = {**RUNNING, PRUNE: UnitState(failed=True)}
    steps = plan_receiver(wanted=[], unwanted=paths, present=THERE, states=states)

    assert [str(step) for step in steps] == [
        f"systemctl disable --now {STREAM} {TIMER}",
        *(f"remove {path}" for path in paths),
        RELOAD,
        f"systemctl reset-failed {PRUNE}",
    ]
    assert plan_receiver(wanted=[], unwanted=paths, present={}, states={}) == ()


def test_without_systemd_there_are_files_alone() -> None:
    assert [str(step) for step in plan_receiver(wanted=[CONFIG], unwanted=[], present={}, states={})] == WRITES[:1]
    steps = plan_receiver(wanted=[], unwanted=[CONFIG.path], present=THERE, states={})
    assert [str(step) for step in steps] == [f"remove {CONFIG.path}"]
