# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scenarios' tests share: each host of the scenario, its clusters, and PostgreSQL's log where a test fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host
from testinfra.utils.ansible_runner import AnsibleRunner

HOSTS_COMMAND = str(Path(__file__).resolve().parent / "hosts")
RUNNER = AnsibleRunner(os.environ["MOLECULE_INVENTORY_FILE"])
LOG_LINES = 40


@dataclass(frozen=True)
class Cluster:
    """A cluster as Debian's tools show it, and its questions by psql."""

    host: Host
    host_name: str
    version: int
    name: str
    port: int
    state: str
    data_directory: str

    @property
    def unit(self) -> str:
        """The unit of systemd that owns it."""
        return f"postgresql@{self.version}-{self.name}"

    def ask(self, sql: str) -> str:
        """The one value that the question gives, as text."""
        return self.rows(sql).strip()

    def rows(self, sql: str) -> str:
        """What psql prints, unaligned, without headings."""
        command = "runuser -u postgres -- psql -XAtq --set=ON_ERROR_STOP=1 --port=%s --command=%s"
        return str(self.host.check_output(command, str(self.port), sql))

    def is_active(self) -> bool:
        """Whether its unit is active."""
        return self.host.run("systemctl is-active %s", self.unit).stdout.strip() == "active"

    def timeline(self) -> int:
        """The timeline on which it writes now."""
        return int(self.ask("select ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int"))

    def archived_segment(self) -> str:
        """The segment that was current, after a switch, once the server has counted it as archived."""
        # Without a record in it there would be nothing to switch from.
        self.ask("select pg_create_restore_point('before_switch')")
        segment = self.ask("select pg_walfile_name(pg_switch_wal())")
        self.wait_for(f"select last_archived_wal >= '{segment}' from pg_stat_archiver")
        return segment

    def stored(self, segment: str, *, name: str = "") -> list[str]:
        """The files of the repository that hold the segment, of whatever compression."""
        folder = f"/srv/pitr/{name or self.host_name}/wal/{segment[:8]}/{segment[8:16]}"
        return [file for file in str(self.host.run("ls %s", folder).stdout).split() if file.startswith(segment)]

    def wait_for(self, sql: str, *, timeout_seconds: int = 30) -> None:
        """Returns once the question is answered with true."""
        once = '[ "$(runuser -u postgres -- psql -XAtq -p %s -c %s)" = t ]'
        loop = f"for i in $(seq %s); do {once} && exit 0; sleep 0.5; done; exit 1"
        done = self.host.run(loop, str(2 * timeout_seconds), str(self.port), sql)
        assert done.rc == 0, f"not true within {timeout_seconds} seconds: {sql}\n{done.stderr}"


def restart(name: str, *, power_cut: bool = False) -> None:
    """Starts the host again and returns when it answers; with every process killed at once where the power is cut."""
    options = ["--power-cut"] if power_cut else []
    argv = [HOSTS_COMMAND, "restart", *options, os.environ["MOLECULE_SCENARIO_NAME"], name]
    subprocess.run(argv, check=True, timeout=300)


def clusters_of(host: Host, *, host_name: str) -> dict[str, Cluster]:
    """Name → cluster, from pg_lsclusters."""
    found = {}
    for line in host.check_output("pg_lsclusters --no-header").splitlines():
        version, name, port, state, _unused, data_directory, _unused = line.split(maxsplit=6)
        found[name] = Cluster(host, host_name, int(version), name, int(port), state, data_directory)
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a test that wants a host on each host of the group that the test's module names in ``HOSTS``."""
    if "host" in metafunc.fixturenames:
        names = RUNNER.get_hosts(getattr(metafunc.module, "HOSTS", "postgresql"))
        metafunc.parametrize("host", names, indirect=True, scope="module")


@pytest.fixture(scope="module")
def host(request: pytest.FixtureRequest) -> Host:
    """A host of the scenario, over SSH, with root's rights by sudo."""
    return RUNNER.get_host(request.param)


@pytest.fixture
def host_name(request: pytest.FixtureRequest) -> str:
    """The host's name in the inventory, which is the cluster's in the repository."""
    return str(request.node.callspec.params["host"])


@pytest.fixture
def clusters(host: Host, host_name: str) -> dict[str, Cluster]:
    """The clusters of the host, by name."""
    return clusters_of(host, host_name=host_name)


@pytest.fixture
def main(clusters: dict[str, Cluster]) -> Cluster:
    """The cluster named main."""
    return clusters["main"]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Adds the end of PostgreSQL's logs to the report of a test that failed."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.failed and "host" in getattr(item, "funcargs", {}):
        logs = item.funcargs["host"].run(f"tail -n {LOG_LINES} /var/log/postgresql/*.log")
        report.sections.append(("the end of PostgreSQL's logs", logs.stdout + logs.stderr))


def pytest_sessionfinish(exitstatus: int) -> None:
    """Leaves a mark where all tests passed: the hosts' removal then shows no logs."""
    if exitstatus == 0:
        Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "verified").touch()
