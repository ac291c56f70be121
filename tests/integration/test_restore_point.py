# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore point is there, archived, and a recovery finds it."""

from __future__ import annotations

import pytest
from support.archiving import archive, cluster_options, tree_digest


@pytest.fixture
def archived(workbench, cluster, repository):
    """A cluster that archives, and the options that name it."""
    archive(workbench, cluster, repository=repository)
    return {**cluster_options(cluster), "name": "db1", "repository_path": str(repository)}


@pytest.mark.versions(15, 18)
def test_restore_point_is_archived_when_the_module_returns(cluster, archived, run_module, repository):
    cluster.sql("CREATE TABLE t AS SELECT 1")

    run = run_module("restore_point", {**archived, "restore_point_name": "it's a name"})

    assert run.changed
    assert run["timeline"] == 1
    assert list(repository.glob(f"db1/wal/00000001/00000000/{run['segment']}*"))
    assert cluster.value("SELECT pg_walfile_name(%s::pg_lsn - 1)", [run["lsn"]]) == run["segment"]
    assert run["time"].endswith("Z")
    assert cluster.log_contains('restore point "it\'s a name" created')

    taken = run_module(
        "restore_point",
        {**archived, "restore_point_name": "it's a name", "unused": True},
        check=True,
        expect_failure=True,
    )
    assert taken.code == "restore-point-exists"
    past = {**archived, "restore_point_name": "late", "at": "2026-09-15T12:30:00.000000Z"}
    assert run_module("restore_point", past, expect_failure=True).code == "restore-point-late"
    assert not cluster.log_contains('restore point "late" created')
    quick = {**archived, "restore_point_name": "quick", "unused": True}
    made = run_module("restore_point", {**quick, "timeout_seconds": 0})
    waited = run_module("restore_point", {**archived, "restore_point_name": "quick", "written_lsn": made["lsn"]})
    assert not waited.changed and waited["lsn"] == made["lsn"]
    assert list(repository.glob(f"db1/wal/00000001/00000000/{made['segment']}*"))


@pytest.mark.versions(18)
def test_check_mode_writes_nothing(cluster, archived, run_module, repository):
    before = (cluster.value("SELECT pg_current_wal_insert_lsn()"), tree_digest(repository))

    run = run_module("restore_point", {**archived, "restore_point_name": "rp"}, check=True)

    assert run.changed
    assert run["lsn"] is None
    assert (cluster.value("SELECT pg_current_wal_insert_lsn()"), tree_digest(repository)) == before


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("", "option-missing", id="empty"),
        pytest.param("x" * 64, "restore-point-name-invalid", id="64 bytes"),
        pytest.param("ä" * 32, "restore-point-name-invalid", id="32 characters of 64 bytes"),
        pytest.param("a\nb", "restore-point-name-invalid", id="two lines"),
    ],
)
@pytest.mark.versions(15)
def test_name_that_postgresql_would_cut_is_refused(archived, run_module, name, code):
    run = run_module("restore_point", {**archived, "restore_point_name": name}, expect_failure=True)

    assert run.code == code


@pytest.mark.versions(18)
def test_standby_is_refused(cluster, archived, run_module):
    cluster.stop()
    cluster.start_as_standby()

    run = run_module("restore_point", {**archived, "restore_point_name": "rp"}, expect_failure=True)

    assert run.code == "standby"
    left = run_module("restore_point", {**archived, "restore_point_name": "rp", "leave_standby": True})
    assert left["passed_over"] and not left.changed and left["lsn"] is None


@pytest.mark.versions(15)
def test_cluster_that_does_not_archive_is_refused(cluster, archived, run_module):
    cluster.configure(archive_mode="off")
    cluster.restart()

    run = run_module("restore_point", {**archived, "restore_point_name": "rp"}, expect_failure=True)

    assert run.code == "archiving-off"
