# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host was destroyed; another one has its cluster as of a second, and nobody else writes to its repository."""

from __future__ import annotations

import json

import pytest
from pitr_testinfra import RUNNER, Cluster
from testinfra.host import Host

HOSTS = "successors"
CONFIGURATION = "/etc/postgresql/15/main"


@pytest.fixture
def keeper() -> Host:
    """The host that keeps the repository."""
    return RUNNER.get_host("keeper")


def test_rows_are_those_of_the_moment(main: Cluster) -> None:
    assert main.ask("select count(*), max(id) from event") == "1500|1500"


def test_debians_tools_know_the_cluster_and_its_unit_runs_it(host: Host, main: Cluster) -> None:
    assert (main.version, main.port, main.data_directory) == (15, 5432, "/var/lib/postgresql/15/main")
    assert (main.state, main.is_active(), main.timeline()) == ("online", True, 2)
    assert not host.file("/var/lib/postgresql/15/main/postgresql.conf").exists
    host.check_output("systemctl restart %s", main.unit)
    assert main.ask("select count(*) from event") == "1500"


def test_configuration_came_along_and_is_the_servers_alone(host: Host, main: Cluster) -> None:
    assert main.ask("select current_setting('work_mem'), current_setting('maintenance_work_mem')") == "5MB|65MB"
    assert main.ask("show config_file") == f"{CONFIGURATION}/postgresql.conf"
    assert main.ask("show hba_file") == f"{CONFIGURATION}/pg_hba.conf"
    assert host.check_output(f"find {CONFIGURATION} -type f -perm /o+r -name 'p*g*.conf' -not -name pg_ctl.conf") == ""


def test_it_archives_and_is_backed_up_on_its_timeline(main: Cluster, keeper: Host) -> None:
    segment = main.archived_segment()
    assert segment.startswith("00000002")
    assert segment in keeper.check_output("ls /srv/pitr/db1/wal/%s/%s", segment[:8], segment[8:16])
    newest = keeper.check_output("ls -t /srv/pitr/db1/backups/*/backup.json | head -1")
    assert json.loads(keeper.file(newest).content_string)["timeline"] == 2


def test_nobody_else_may_write(host: Host, keeper: Host) -> None:
    document = json.loads(keeper.file("/srv/pitr/db1/cluster.json").content_string)
    assert [writer["hostname"] for writer in document["writers"]] == [host.check_output("uname -n")]
    keys = keeper.file("/var/lib/pgpitr/.ssh/authorized_keys").content_string.splitlines()
    assert [line.rpartition(" ")[2] for line in keys] == ["db1@db9"]


def test_stolen_key_of_the_old_host_is_refused(host: Host) -> None:
    address = str(RUNNER.get_variables("keeper")["ansible_host"])
    ssh = (
        "runuser -u postgres -- ssh -F none -T -o BatchMode=yes -o IdentitiesOnly=yes -l pgpitr"
        " -o UserKnownHostsFile=/var/lib/postgresql/.ssh/pgpitr_known_hosts -o ConnectTimeout=10 -i %s %s"
        " < /dev/null || true"
    )
    done = host.run(ssh, "/var/lib/postgresql/stolen_key", address)
    assert "Permission denied" in done.stderr, done.stderr
    own = host.run(f"timeout 20 {ssh}", "/var/lib/postgresql/.ssh/pgpitr-db1", address)
    assert "Permission denied" not in own.stderr
