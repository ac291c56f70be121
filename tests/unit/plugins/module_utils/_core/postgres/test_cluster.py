# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from the facts about a cluster."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from sample_cluster import sample_cluster

CLUSTER = sample_cluster("/pg/data")


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        pytest.param(CLUSTER, "primary", id="primary"),
        pytest.param(replace(CLUSTER, in_recovery=True), "standby", id="in recovery"),
    ],
)
def test_role(cluster: Cluster, expected: str) -> None:
    assert cluster.role == expected


@pytest.mark.parametrize(
    ("wal_directory", "expected"),
    [pytest.param(None, "/pg/data/pg_wal", id="inside"), pytest.param("/wal", "/wal", id="linked")],
)
def test_directory_of_the_wal(wal_directory: str | None, expected: str) -> None:
    assert replace(CLUSTER, wal_directory=wal_directory).wal_path == expected


@pytest.mark.parametrize(
    ("config_file", "expected"),
    [
        pytest.param("/pg/data/postgresql.conf", True, id="in the data directory"),
        pytest.param("/etc/postgresql/15/main/postgresql.conf", False, id="in /etc"),
        pytest.param("/pg/data2/postgresql.conf", False, id="in a directory with a longer name"),
    ],
)
def test_where_the_configuration_is(config_file: str, *, expected: bool) -> None:
    assert replace(CLUSTER, config_file=config_file).has_configuration_inside is expected


def test_paths_of_the_cluster() -> None:
    assert CLUSTER.auto_config_file == "/pg/data/postgresql.auto.conf"
    assert CLUSTER.program("pg_ctl") == "/pg/bin/pg_ctl"
