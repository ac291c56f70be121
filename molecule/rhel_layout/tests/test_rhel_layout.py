# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster was found, restored, started and backed up by timers where RHEL has it."""

from __future__ import annotations

import json

import pytest
from pitr_testinfra import Cluster, restart
from testinfra.host import Host

DATA_DIRECTORY = "/var/lib/pgsql/17/data"


@pytest.fixture
def cluster(host: Host, host_name: str) -> Cluster:
    """The one cluster, which Debian's tools do not know."""
    return Cluster(host, host_name, 17, "data", 5432, "online", DATA_DIRECTORY)


def test_rows_are_back(cluster: Cluster) -> None:
    assert cluster.ask("select count(*) from event") == "1200"
    assert cluster.ask("show data_directory") == DATA_DIRECTORY


def test_its_unit_owns_the_server(host: Host) -> None:
    unit = host.service("postgresql-17")
    assert unit.is_running
    assert unit.is_enabled


def test_todays_pg_hba_decides_who_comes_in(host: Host) -> None:
    question = "psql -XAtq --username=reader --command='select count(*) from event' postgres"
    assert host.check_output(question) == "1200"


def test_new_timeline_is_archived(cluster: Cluster) -> None:
    segment = cluster.archived_segment()
    assert segment.startswith("00000002")
    assert cluster.stored(segment)


def test_timers_know_its_unit_and_its_programs(host: Host) -> None:
    assert "postgresql-17.service" in host.check_output("systemctl show --property=After pgpitr-full-rhel.service")
    assert host.run("systemd-analyze verify /etc/systemd/system/pgpitr-*.service").stderr == ""
    (told,) = json.loads(host.check_output("runuser -u postgres -- pgpitr info --cluster rhel --json"))
    assert [(backup["type"], backup["timeline"]) for backup in told["backups"]] == [
        ("full", 1),
        ("full", 2),
        ("incremental", 2),
    ]
    journal = host.check_output("journalctl --output=cat --unit=pgpitr-incremental-rhel SYSLOG_IDENTIFIER=pgpitr")
    assert f"{told['backups'][2]['label']}: " in journal


def test_host_survives_a_reboot(host: Host, cluster: Cluster) -> None:
    restart(cluster.host_name)
    cluster.wait_for("select not pg_is_in_recovery()")
    assert host.service("postgresql-17").is_running
    assert host.service("pgpitr-incremental-rhel.timer").is_running
    assert cluster.ask("select count(*) from event") == "1200"
