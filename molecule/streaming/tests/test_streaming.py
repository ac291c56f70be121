# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that was committed is lost with a database's host, although no whole segment had it."""

from __future__ import annotations

import pytest
from pitr_testinfra import RUNNER, Cluster, clusters_of
from testinfra.host import Host


@pytest.fixture
def keeper() -> Host:
    """The host that keeps the repository, and receives."""
    return RUNNER.get_host("keeper")


@pytest.fixture
def db1() -> Cluster:
    """The cluster that lost its host."""
    return clusters_of(RUNNER.get_host("db1"), host_name="db1")["main"]


def test_every_committed_row_is_back(db1: Cluster) -> None:
    assert db1.is_active() and db1.timeline() == 2
    assert db1.ask("select count(*), max(id) from event") == "1600|1600"


def test_repository_did_not_have_the_last_rows(db1: Cluster, keeper: Host) -> None:
    """So they came from what was received: the segment in which timeline 1 ended was never archived whole."""
    stored = keeper.file("/var/tmp/stored-before").content_string
    received = db1.host.check_output("ls /srv/received").split()
    (partial,) = [name for name in received if name.endswith(".partial")]
    assert partial.removesuffix(".partial") not in stored


def test_receiver_runs_as_the_repositorys_account_and_follows_the_new_timeline(keeper: Host) -> None:
    unit = keeper.service("pgpitr-stream-db1")
    assert unit.is_running and unit.is_enabled
    process = keeper.check_output("systemctl show --property=MainPID --value pgpitr-stream-db1")
    assert keeper.check_output("ps -o user= -p %s", process).strip() == "pgpitr"
    names = keeper.check_output("ls /var/lib/pgpitr-received/db1").split()
    assert "00000002.history" in names and any(name.startswith("00000002") for name in names)


def test_password_is_in_no_command_line_and_no_unit(keeper: Host) -> None:
    assert "secret" not in keeper.check_output("cat /etc/systemd/system/pgpitr-*")
    assert "a \\ secret" not in keeper.check_output("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    file = keeper.file("/etc/pgpitr/db1.pgpass")
    assert (file.user, file.mode) == ("pgpitr", 0o600)
