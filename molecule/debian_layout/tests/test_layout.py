# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The restored clusters run as Debian runs them, with their configuration; their neighbour was not touched."""

from __future__ import annotations

import pytest
from pitr_testinfra import Cluster, restart
from testinfra.host import Host

RESTORED = {
    "sales": (5433, "/var/lib/postgresql/17/sales"),
    "older": (5435, "/var/lib/postgresql/15/older"),
    "ledger": (5499, "/data/ledger"),
}


@pytest.fixture
def cluster(clusters: dict[str, Cluster], host_name: str) -> Cluster:
    """The cluster that the inventory name stands for."""
    return clusters[host_name]


def test_lost_rows_are_back_where_they_were_lost(cluster: Cluster) -> None:
    expected = "1200" if cluster.name in RESTORED else "200"
    assert cluster.ask("select count(*) from event") == expected


def test_recovery_began_a_timeline_in_the_restored_alone(cluster: Cluster) -> None:
    assert cluster.timeline() == (2 if cluster.name in RESTORED else 1)


def test_debian_shows_each_where_it_was(cluster: Cluster) -> None:
    assert cluster.state == "online"
    port, data_directory = RESTORED.get(cluster.name, (5434, "/var/lib/postgresql/17/stock"))
    assert (cluster.port, cluster.data_directory) == (port, data_directory)
    assert cluster.is_active()


def test_configuration_in_etc_is_untouched(host: Host, cluster: Cluster) -> None:
    assert host.run("sha256sum --check --quiet /var/tmp/configuration-%s", cluster.name).rc == 0
    assert cluster.ask("show work_mem") == "7MB"
    assert cluster.ask("show max_connections") == "123"


def test_its_own_pg_hba_decides_who_comes_in(host: Host, cluster: Cluster) -> None:
    question = "psql -XAtq --username=reader --port=%s --command='select count(*) > 0 from event' postgres"
    assert host.check_output(question, str(cluster.port)) == "t"


def test_each_archives_into_its_own_folder(cluster: Cluster) -> None:
    assert cluster.stored(cluster.archived_segment())


@pytest.mark.parametrize("machine", ["trixie", "bookworm"])
def test_machine_starts_again(machine: str) -> None:
    restart(machine)


def test_all_run_after_the_machine_started_again(cluster: Cluster) -> None:
    cluster.wait_for("select not pg_is_in_recovery()")
    assert cluster.is_active()
