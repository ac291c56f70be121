# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each owner of a server is asked, and what is made of its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import (
    PG_CTL,
    PG_CTLCLUSTER,
    SYSTEMD,
    ServiceName,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.service_command import IMMEDIATE
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.service.service import control_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.service.service_control import ServiceControl
from sample_cluster import sample_cluster

UNIT = ServiceName(SYSTEMD, "postgresql-17")
DEBIAN = ServiceName(PG_CTLCLUSTER, "17/main")
NOBODY = ServiceName(PG_CTL)
SYSTEMCTL = ("systemctl", "--no-ask-password", "--no-block")
PG_CTLCLUSTER_COMMAND = ("pg_ctlcluster", "--skip-systemctl-redirect")
SHOW = ("systemctl", "show", "--property=ActiveState,Job", "postgresql-17.service")
OWN_LOG = "/pg/data/server.log"


def pg_ctl(verb: str, *more: str) -> tuple[str, ...]:
    return ("/pg/bin/pg_ctl", verb, "-D", "/pg/data", "-s", *more)


Controls = Callable[[ServiceName, Mapping[tuple[str, ...], Any]], tuple[ServiceControl, Any]]


@pytest.fixture
def controls(make_runner: Callable[..., Any]) -> Controls:
    """Makes the port of a service, and the runner that plays its script."""

    def make(service: ServiceName, script: Mapping[tuple[str, ...], Any]) -> tuple[ServiceControl, Any]:
        runner = make_runner(script)
        return control_of(sample_cluster(service=service), runner=runner), runner

    return make


@pytest.mark.parametrize(
    ("service", "start", "stop", "needs_root"),
    [
        pytest.param(
            UNIT,
            (*SYSTEMCTL, "start", "postgresql-17.service"),
            (*SYSTEMCTL, "stop", "postgresql-17.service"),
            True,
            id="systemd",
        ),
        pytest.param(
            DEBIAN,
            (*PG_CTLCLUSTER_COMMAND, "17", "main", "start"),
            (*PG_CTLCLUSTER_COMMAND, "--mode=fast", "17", "main", "stop"),
            True,
            id="Debian's tools",
        ),
        pytest.param(
            NOBODY, pg_ctl("start", "-W", "-l", OWN_LOG), pg_ctl("stop", "-W", "-m", "fast"), False, id="pg_ctl"
        ),
    ],
)
def test_owner_is_asked_to_start_and_to_stop(
    controls: Controls, service: ServiceName, start: tuple[str, ...], stop: tuple[str, ...], needs_root: bool
) -> None:
    control, runner = controls(service, {start: "", stop: ""})

    assert control.start(timeout_seconds=60).argv == start
    assert control.stop(timeout_seconds=60).argv == stop
    assert control.needs_root is needs_root
    runner.assert_all_asked()


@pytest.mark.parametrize("service", [UNIT, DEBIAN, NOBODY], ids=["systemd", "Debian's tools", "pg_ctl"])
def test_server_itself_is_asked_for_the_rest(controls: Controls, service: ServiceName) -> None:
    stop = pg_ctl("stop", "-W", "-m", "immediate")
    control, runner = controls(service, {stop: "", pg_ctl("reload"): "", pg_ctl("promote", "-w", "-t", "30"): ""})

    assert control.stop_server(mode=IMMEDIATE, timeout_seconds=60).argv == stop
    control.reload()
    assert control.promote(timeout_seconds=30).rc == 0
    runner.assert_all_asked()


def test_refusal_is_handed_on_and_a_failed_reload_is_an_error(controls: Controls) -> None:
    refusal = Failed("no", code="x", hint="y")
    control, _runner = controls(
        UNIT, {(*SYSTEMCTL, "start", "postgresql-17.service"): refusal, pg_ctl("reload"): refusal}
    )

    assert (control.start(timeout_seconds=1).rc, control.start(timeout_seconds=1).stderr) == (1, "no")
    with pytest.raises(Failed) as caught:
        control.reload()
    assert caught.value.code == "command-failed"


@pytest.mark.parametrize(
    ("state", "waited_seconds", "expected"),
    [
        pytest.param("ActiveState=failed\nJob=0\n", 1.5, True, id="failed"),
        pytest.param("ActiveState=inactive\nJob=\n", 1.5, True, id="ended at once"),
        pytest.param("ActiveState=inactive\nJob=\n", 0.5, False, id="just asked"),
        pytest.param("ActiveState=inactive\nJob=4711\n", 9.0, False, id="waits for a mount"),
        pytest.param("ActiveState=activating\nJob=4711\n", 9.0, False, id="on its way"),
    ],
)
def test_unit_that_will_not_come(controls: Controls, state: str, waited_seconds: float, expected: bool) -> None:
    control, _runner = controls(UNIT, {SHOW: state})

    assert control.has_given_up(waited_seconds=waited_seconds, has_logged=lambda: False) is expected


def test_unit_is_settled_once_it_is_not_activating(controls: Controls) -> None:
    assert not controls(UNIT, {SHOW: "ActiveState=activating\nJob=1\n"})[0].is_settled()
    assert controls(UNIT, {SHOW: "ActiveState=active\nJob=\n"})[0].is_settled()
    assert controls(DEBIAN, {})[0].is_settled() and controls(NOBODY, {})[0].is_settled()


def test_debians_tools_have_waited_themselves(controls: Controls) -> None:
    assert controls(DEBIAN, {})[0].has_given_up(waited_seconds=0.0, has_logged=lambda: False)


@pytest.mark.parametrize(
    ("waited_seconds", "has_logged", "expected"),
    [(1.9, True, False), (2.1, True, True), (14.0, False, False), (15.1, False, True)],
)
def test_server_of_nobody_gets_time_until_it_has_logged(
    controls: Controls, waited_seconds: float, has_logged: bool, expected: bool
) -> None:
    control, _runner = controls(NOBODY, {})

    assert control.has_given_up(waited_seconds=waited_seconds, has_logged=lambda: has_logged) is expected


def test_place_of_a_log_that_is_not_there_yet(controls: Controls) -> None:
    assert controls(UNIT, {})[0].log_place == "journalctl -u postgresql-17"
    assert controls(NOBODY, {})[0].log_place == OWN_LOG
