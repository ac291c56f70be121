# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which data directories count as lost, and what is remembered of their clusters."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import PG_CTL, ServiceName
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.lost_cluster import (
    EMPTY,
    MISSING,
    OCCUPIED,
    ConfigurationFiles,
    MissingCluster,
    Programs,
    newest_usable,
    remembered_cluster,
    tablespace_directory,
)
from sample_backup import sample_backup

BACKUP = sample_backup(version=17, wal_directory="/wal/17")
LATER = replace(BACKUP, label="20260915T120000Z-full", stop_time=BACKUP.stop_time + timedelta(hours=1))
PLACE = MissingCluster("/etc/pgpitr/db1.conf", "/pg/data", "5432", MISSING)
CONFIG = {"data_directory": "/pg/data", "port": "5433", "socket_directory": "/run/postgresql"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({}, None, id="missing and unset"),
        pytest.param({"state": EMPTY, "asked_directory": "/pg/data"}, None, id="empty and named"),
        pytest.param({"asked_port": 5432}, None, id="the configured port"),
        pytest.param({"state": OCCUPIED}, "Only a missing or empty", id="with content"),
        pytest.param({"asked_directory": "/pg/date"}, "names the data directory '/pg/data'", id="a typo"),
        pytest.param({"asked_port": 5433}, "names port 5432", id="another port"),
        pytest.param({"configured_directory": ""}, "does not say where", id="nothing configured"),
    ],
)
def test_only_the_configured_directory_counts_and_only_without_content(changes, reason):
    told = replace(PLACE, **changes).why_not_lost()

    assert told is None if reason is None else reason in told


@pytest.mark.parametrize(
    ("backups", "expected"),
    [
        pytest.param([], None, id="none"),
        pytest.param([LATER, BACKUP], LATER, id="the newest"),
        pytest.param([BACKUP, replace(LATER, type="incremental")], BACKUP, id="an incremental needs others"),
        pytest.param([BACKUP, replace(LATER, system_identifier="8")], BACKUP, id="of another cluster"),
    ],
)
def test_newest_full_backup_of_the_cluster_tells_what_it_was(backups, expected):
    assert newest_usable(backups, system_identifier="7") == expected


@pytest.mark.parametrize(("timelines", "expected"), [((), 1), ((1, 3, 2), 3)])
def test_remembered_cluster_is_stopped_and_on_the_newest_timeline(timelines, expected):
    cluster = remembered_cluster(
        BACKUP,
        config=CONFIG,
        os_user="postgres",
        programs=Programs("/usr/lib/postgresql/17/bin", "17.11"),
        files=ConfigurationFiles.inside("/pg/data"),
        service=ServiceName(PG_CTL),
        timelines=timelines,
        tablespaces={16400: "/mnt/ts"},
    )

    assert cluster.is_lost
    assert not cluster.running
    assert not cluster.in_recovery
    assert (cluster.timeline, cluster.port, cluster.version) == (expected, 5433, 17)
    assert (cluster.system_identifier, cluster.segment_size) == ("7", BACKUP.segment_size)
    assert cluster.wal_path == "/wal/17"
    assert cluster.has_configuration_inside


def test_debian_configuration_lies_outside():
    etc = "/etc/postgresql/17/main"
    files = ConfigurationFiles(f"{etc}/postgresql.conf", f"{etc}/pg_hba.conf", f"{etc}/pg_ident.conf", "17/main")
    cluster = remembered_cluster(
        BACKUP,
        config=CONFIG,
        os_user="postgres",
        programs=Programs("/bin", "17.11"),
        files=files,
        service=ServiceName(PG_CTL),
        timelines=(),
        tablespaces={},
    )

    assert not cluster.has_configuration_inside
    assert cluster.debian_name == "17/main"


def test_directory_in_a_tablespace_is_unknown_for_an_unknown_version():
    assert tablespace_directory("/mnt/fast", version=18) == "/mnt/fast/PG_18_202506291"
    assert tablespace_directory("/mnt/fast", version=99) is None
