# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and stopping, with a process that stands in the data directory as a server does."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import (
    PG_CTL,
    PG_CTLCLUSTER,
    SYSTEMD,
    ServiceName,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.service_command import IMMEDIATE
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.service.service import STARTED, Service
from fake_runner import FakeRunner
from sample_cluster import sample_cluster

UNIT = ServiceName(SYSTEMD, "postgresql-17")
NOBODY = ServiceName(PG_CTL)
Answer = Callable[[], tuple[int, str]]


class Owner(FakeRunner):
    """Does for each verb (``start``, ``stop -m immediate``…) what a test says; any other one fails the test."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def answer(self, argv: tuple[str, ...]) -> Result:
        verb = next(each for each in self._answers if set(each.split()) <= set(argv))
        self.asked.append(verb)
        rc, said = self._answers[verb]()
        return Result(argv, rc, said if rc == 0 else "", "" if rc == 0 else said)


class StandIn:
    """A process that a test starts and stops in place of the server."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def come(self, status: str = "ready") -> tuple[int, str]:
        self._process = subprocess.Popen(["sleep", "600"], cwd=self.directory)
        lines = [str(self._process.pid), str(self.directory), "0", "5432", "/tmp", "*", "1 2", status]
        (self.directory / "postmaster.pid").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return 0, ""

    def go(self) -> tuple[int, str]:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        (self.directory / "postmaster.pid").unlink(missing_ok=True)
        return 0, ""

    def log(self, line: str) -> tuple[int, str]:
        (self.directory / "server.log").write_text(f"{line}\n", encoding="utf-8")
        return 1, "pg_ctl: could not start server"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StandIn]:
    found = StandIn(tmp_path)
    yield found
    found.go()


def service_of(server: StandIn, owner: Owner, *, name: ServiceName = NOBODY) -> Service:
    cluster = sample_cluster(str(server.directory), service=name, os_user=getpass.getuser())
    return Service(cluster, runner=owner)


def unit_is(state: str) -> Answer:
    return lambda: (0, f"ActiveState={state}\nJob=\n")


def test_server_that_runs_is_not_started(server: StandIn) -> None:
    server.come()
    owner = Owner({})

    service_of(server, owner).start()

    assert owner.asked == []


def test_start_waits_until_the_unit_has_heard_of_its_server(server: StandIn) -> None:
    owner = Owner({"start": server.come, "show": unit_is("active")})

    service_of(server, owner, name=UNIT).start()

    assert owner.asked == ["start", "show"]


def test_recovery_counts_as_started_before_it_accepts_connections(server: StandIn) -> None:
    owner = Owner({"start": lambda: server.come("starting")})

    service_of(server, owner).start(until=STARTED)

    with pytest.raises(Unavailable) as caught:
        service_of(server, owner).start(timeout_seconds=0.2)
    assert caught.value.code == "server-start-timeout"


def test_start_that_fails_is_told_in_the_logs_words(server: StandIn) -> None:
    owner = Owner({"start": lambda: server.log("FATAL:  no room")})

    with pytest.raises(Failed) as caught:
        service_of(server, owner).start()
    assert (caught.value.code, caught.value.message[-15:]) == ("server-start-failed", "FATAL:  no room")
    assert "server.log" in (caught.value.hint or "")


def test_unit_that_fails_is_told_in_its_managers_words(server: StandIn) -> None:
    owner = Owner({"start": lambda: (4, "Access denied"), "journalctl": lambda: (0, "")})

    with pytest.raises(Failed) as caught:
        service_of(server, owner, name=UNIT).start()
    assert caught.value.message.endswith("did not start: Access denied")
    assert caught.value.hint == "Its log: journalctl -u postgresql-17"


def test_stop_waits_for_the_process(server: StandIn) -> None:
    server.come()
    owner = Owner({"stop fast": server.go})

    service = service_of(server, owner)
    service.stop()
    service.stop()

    assert not service.is_running() and owner.asked == ["stop fast"]


def test_stop_of_another_mode_goes_past_the_manager(server: StandIn) -> None:
    server.come()
    owner = Owner({"stop immediate": server.go})

    service_of(server, owner, name=UNIT).stop(mode=IMMEDIATE)

    assert owner.asked == ["stop immediate"]


def test_stop_that_takes_too_long(server: StandIn) -> None:
    server.come()

    with pytest.raises(Unavailable) as caught:
        service_of(server, Owner({"stop": lambda: (0, "")})).stop(timeout_seconds=0.2)
    assert caught.value.code == "server-stop-timeout"


@pytest.mark.parametrize("name", [UNIT, ServiceName(PG_CTLCLUSTER, "17/main")], ids=["systemd", "Debian's tools"])
def test_manager_that_refuses_to_stop_is_told_of(server: StandIn, name: ServiceName) -> None:
    server.come()
    service = service_of(
        server, Owner({"stop": lambda: (1, "Access denied"), "journalctl": lambda: (0, "")}), name=name
    )

    with pytest.raises(Failed) as caught:
        service.stop()
    assert caught.value.code == "service-failed" and "Access denied" in caught.value.message
    assert service.needs_root


def test_restart_stops_and_starts(server: StandIn) -> None:
    server.come()
    owner = Owner({"stop": server.go, "start": server.come})

    service_of(server, owner).restart()

    assert owner.asked == ["stop", "start"]


def test_promotion(server: StandIn) -> None:
    owner = Owner({"promote": lambda: (0, "")})
    service_of(server, owner).promote(timeout_seconds=5)
    service_of(server, Owner({"reload": lambda: (0, "")})).reload()

    with pytest.raises(Failed) as caught:
        service_of(server, Owner({"promote": lambda: (1, "still waiting")})).promote(timeout_seconds=5)
    assert (caught.value.code, owner.asked) == ("promotion-failed", ["promote"])
