# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of a standby, whose WAL the primary archives."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager

import pytest
from in_a_loop import in_a_loop
from support.restoring import Site

pytestmark = pytest.mark.versions(18)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    """A primary that ends a segment about every second in which it writes."""
    site = Site.make(workbench, cluster, repository)
    workbench.run_module("wal_archive", {**site.options, "archive_timeout_seconds": 1})
    # The standby reads no archive, and no checkpoint comes but those that a test asks for.
    cluster.configure(wal_keep_size="512MB", max_wal_size="8GB", checkpoint_timeout="1h")
    cluster.reload()
    cluster.sql("CREATE TABLE t (i int)")
    return site


@pytest.fixture
def standby(site, make_cluster):
    """A streaming standby of the primary."""
    return make_cluster(start=False).follow(site.cluster)


@pytest.fixture
def options(site, standby, run_module):
    """The options of the module for the standby, which is registered in the repository."""
    options = {**site.options, "data_directory": str(standby.data)}
    run_module("wal_archive", {**options, "archive_timeout_seconds": 1})
    return {**options, "allow_standby": True}


@contextmanager
def writing(primary):
    """The primary writes a row every now and then."""
    with in_a_loop(lambda: primary.sql("INSERT INTO t VALUES (1)"), pause_seconds=0.2):
        yield


def checkpoint(primary, standby):
    """A checkpoint of the primary that the standby has replayed."""
    primary.sql("CHECKPOINT")
    position = primary.value("SELECT pg_current_wal_lsn()::text")
    replayed = f"SELECT pg_last_wal_replay_lsn() >= '{position}'"
    standby.wait_until(lambda: standby.value(replayed), what="the standby has replayed the checkpoint")


def test_full_and_incremental_backups_of_a_standby(site, standby, options, run_module, repository):
    refused = run_module("base_backup", {**options, "allow_standby": False}, expect_failure=True)
    assert refused.code == "server-is-standby"
    assert "pitr_backup_allow_standby" in refused["hint"]

    with writing(site.cluster):
        full = run_module("base_backup", options)
        assert (full["type"], full["backup"]["usable"]) == ("full", True)
        asked = {**options, "type": "incremental"}
        failed = run_module("base_backup", asked, expect_failure=True)
        assert failed.code == "restartpoint-missing"
        instead = run_module("base_backup", options)
        assert (instead["type"], instead["parent"]) == ("full", None)
        assert "the standby has had no restartpoint since the parent backup" in instead["reason"]
        checkpoint(site.cluster, standby)
        incremental = run_module("base_backup", options)
        assert incremental["parent"] == instead["backup"]["label"]

    # Nothing ends the segment that has the last checkpoint.
    site.cluster.configure(archive_timeout=0)
    site.cluster.reload()
    site.archive_all()
    checkpoint(site.cluster, standby)
    before = sorted(path.name for path in (repository / "db1" / "backups").iterdir())
    idle = {**options, "type": "full", "standby_wait_seconds": 2}
    given_up = run_module("base_backup", idle, expect_failure=True)
    assert given_up.code == "backup-wal-missing"
    assert "within 2 seconds" in given_up["msg"]
    assert sorted(path.name for path in (repository / "db1" / "backups").iterdir()) == before

    rows = len(site.rows())
    site.archive_all()
    standby.stop()
    site.restore(target_latest=True, backup=full["backup"]["label"])
    assert len(site.rows()) == rows


def restartpoint(primary, standby):
    """A checkpoint of the primary from which the standby would begin its recovery."""
    checkpoint(primary, standby)
    standby.sql("CHECKPOINT")


def refuse_torn_pages(primary, standby, *, refused):
    """A primary without full pages: the server notices by itself, and its next restartpoint tells before."""
    primary.sql("ALTER SYSTEM SET full_page_writes = off")
    primary.reload()
    primary.wait_until(lambda: primary.value("SHOW full_page_writes") == "off", what="full_page_writes is off")
    checkpoint(primary, standby)
    assert "replayed since last restartpoint" in refused("full-page-writes-off")
    restartpoint(primary, standby)
    assert "at its last checkpoint" in refused("full-page-writes-off")
    primary.sql("ALTER SYSTEM RESET full_page_writes")
    primary.reload()
    primary.wait_until(lambda: primary.value("SHOW full_page_writes") == "on", what="full_page_writes is on")
    restartpoint(primary, standby)


def refuse_missing_wal(primary, standby, *, refused):
    """A primary whose WAL goes elsewhere."""
    primary.sql("ALTER SYSTEM SET archive_command = '/bin/true'")
    primary.reload()
    primary.wait_until(lambda: primary.value("SHOW archive_command") == "/bin/true", what="archived elsewhere")
    for _segment in range(2):
        primary.switch_segment()
    restartpoint(primary, standby)
    assert "has replayed" in refused("primary-not-archiving")
    primary.sql("ALTER SYSTEM RESET archive_command")
    primary.reload()
    primary.wait_until(lambda: "pgpitr" in primary.value("SHOW archive_command"), what="archived here again")


@pytest.mark.versions(16, 18)
def test_traps_of_a_standby(workbench, site, standby, options, repository):
    def refused(code):
        failed = workbench.run_module("base_backup", {**options, "type": "full"}, expect_failure=True)
        assert failed.code == code
        assert [path.name for path in (repository / "db1" / "backups").glob("2*")] == []
        return failed["msg"]

    refuse_torn_pages(site.cluster, standby, refused=refused)
    refuse_missing_wal(site.cluster, standby, refused=refused)

    # A standby that archives too: what the primary has archived already is no conflict.
    standby.configure(archive_mode="always")
    standby.restart()
    site.archive_all()
    restartpoint(site.cluster, standby)
    site.archive_all()
    with writing(site.cluster):
        taken = workbench.run_module("base_backup", {**options, "type": "full"})
        assert taken["backup"]["usable"]
    assert standby.value("SELECT archived_count > 0 AND failed_count = 0 FROM pg_stat_archiver")
    shutil.rmtree(repository / "db1" / "backups" / taken["backup"]["label"])

    promotion_ends_a_backup(workbench, standby, options=options, repository=repository)


def promotion_ends_a_backup(workbench, standby, *, options, repository):
    """A promotion in the middle."""
    failed = []
    slow = {**options, "max_rate_kib": 32, "compression": "none"}
    thread = threading.Thread(
        target=lambda: failed.append(workbench.run_module("base_backup", slow, expect_failure=True))
    )
    thread.start()
    backups = repository / "db1" / "backups"
    standby.wait_until(lambda: any(backups.glob("*-full/base.tar")), what="an archive is being written")
    standby.pg_ctl("promote", "-w")
    thread.join(60)

    assert [run.code for run in failed] == ["standby-promoted"]
    assert [path.name for path in backups.iterdir() if not path.name.startswith(".")] == []
