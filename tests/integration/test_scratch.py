# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary directories are made where the cluster's account may write, whatever root's TMPDIR is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.cluster import Cluster
from support.playbook_run import PlaybookRun
from support.restoring import Site
from support.site import ALLOW_RESTART, lose_the_table
from support.site import Site as PlaybookSite
from support.workbench import Workbench

pytestmark = pytest.mark.versions(18)


@pytest.fixture
def private(workbench: Workbench) -> dict[str, str]:
    """An environment as libpam-tmpdir gives it to root: the cluster's account may not write there."""
    path = workbench.directory / "root's tmp"
    path.mkdir(mode=0o700)
    os.chown(path, os.geteuid(), os.getegid())
    return {"TMPDIR": str(path), "TMP": str(path), "TEMP": str(path)}


@pytest.mark.needs_root
def test_playbooks_of_root_with_a_private_temporary_directory(
    workbench: Workbench, cluster: Cluster, private: dict[str, str]
) -> None:
    # Ansible's wrapper makes a temporary directory as root, and Python remembers where, before a module changes its
    # account; so only the real thing will do.
    site = PlaybookSite(workbench, {"db1": cluster})
    site.play("archive", extra_vars=ALLOW_RESTART)
    lose_the_table(cluster)

    def play(name: str, **more: object) -> PlaybookRun:
        return workbench.run_playbook(name, inventory=site.inventory, as_root=True, environment=private, **more)

    play("backup")
    cluster.sql("DROP TABLE IF EXISTS later")
    play("report")
    play("verify")
    immediate = {"pitr_restore_target_immediate": True, "pitr_restore_confirm": "db1@immediate"}
    play("restore", extra_vars=immediate, check=True)
    play("restore", extra_vars=immediate)
    assert cluster.value("SELECT count(*) FROM later") == 1


def test_account_without_any_place_of_its_environment(
    workbench: Workbench, cluster: Cluster, repository: Path, private: dict[str, str]
) -> None:
    Path(private["TMPDIR"]).chmod(0)
    site = Site.make(workbench, cluster, repository)
    site.back_up()
    options = {key: site.options[key] for key in ("name", "repository_path", "bin_directory")}
    environment = {"TMPDIR": f"{private['TMPDIR']}/below", "TMP": "/proc"}
    told = workbench.run_module("backup_info", options, environment=environment)
    assert told["clusters"][0]["windows"]
