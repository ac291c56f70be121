# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore in place ends with its new timeline in the archive: a server that would not archive is not stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.cluster import Cluster
from support.restoring import Site, lay_out
from support.workbench import Workbench

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def site(workbench: Workbench, cluster: Cluster, repository: Path) -> Site:
    return Site.make(workbench, cluster, repository)


def assert_refused(site: Site, target: dict[str, str], *, word: str) -> None:
    pid = site.cluster.postmaster_pid()
    for attempt in (site.plan, site.stage):
        refused = attempt(fails=True, **target)
        assert refused.code == "archiving-off" and word in refused["msg"]
    assert site.cluster.postmaster_pid() == pid


def test_files_that_turn_archiving_off_with_the_next_start(site: Site) -> None:
    target = lay_out(site).target("time")
    site.cluster.configure(archive_mode="off")
    assert site.cluster.value("SHOW archive_mode") == "on"
    assert_refused(site, target, word="archive_mode is off")


@pytest.mark.versions(18)
def test_command_that_was_emptied_to_stop_archiving_for_a_while(site: Site) -> None:
    target = lay_out(site).target("time")
    site.cluster.sql("ALTER SYSTEM SET archive_command = ''")
    site.cluster.reload()
    assert_refused(site, target, word="empty")
    # A copy archives nothing, whatever its source does.
    copy = {"restore_data_directory": str(site.workbench.directory / "copy"), "restore_port": 1}
    assert site.plan(**target, **copy).changed


@pytest.mark.versions(18)
def test_files_that_turn_it_on_are_enough_while_the_server_runs_without(site: Site) -> None:
    target = lay_out(site).target("time")
    site.cluster.configure(archive_mode="off")
    site.cluster.restart()
    assert_refused(site, target, word="archive_mode is off")

    site.cluster.configure(archive_mode="on")
    assert site.restore(**target)["state"] == "promoted"
    assert site.rows() == [0, 1]
    site.archive_all()
