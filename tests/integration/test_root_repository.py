# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository whose top is root's: nothing is done in it with root's rights."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.restoring import Site, lay_out

pytestmark = [pytest.mark.needs_root, pytest.mark.versions(15)]


def owners(repository: Path) -> set[int]:
    """The users whose files are in it."""
    return {path.lstat().st_uid for path in repository.rglob("*")}


def test_work_below_a_top_of_roots_is_postgresqls_accounts(workbench, cluster, repository) -> None:
    site = Site.make(workbench, cluster, repository)
    lay_out(site)
    os.chown(repository, 0, 0)
    repository.chmod(0o755)
    place = {"name": "db1", "repository_path": str(repository)}
    before = sorted(repository.rglob("*"))

    for module in ("backup_info", "backup_verify"):
        workbench.run_module(module, place, as_root=True)
    # Where the account can't do something, that is an error to tell, and no reason to use root.
    refused = workbench.run_module("backup_expire", place, as_root=True, expect_failure=True)
    assert refused.code == "repository-not-writable", refused.describe()

    assert owners(repository) == {workbench.os_user.uid}
    assert {*before} < {*repository.rglob("*")}, "verification has noted nothing"

    # Root alone may look into it now, and nobody works as root.
    repository.chmod(0o700)
    before = sorted(repository.rglob("*"))
    for module in ("backup_info", "backup_verify", "backup_expire"):
        refused = workbench.run_module(module, place, as_root=True, expect_failure=True)
        assert refused.code == "repository-not-readable", refused.describe()
    assert sorted(repository.rglob("*")) == before
