# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollback brings back what was replaced, or changes nothing: the names of directories prove nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.restoring import Site

pytestmark = pytest.mark.versions(18)


def test_kept_directory_that_is_gone_or_another_is_noticed_before_the_server_is_stopped(
    workbench, cluster, repository
) -> None:
    site = Site.make(workbench, cluster, repository)
    site.cluster.sql("CREATE TABLE t (i int)")
    site.back_up()
    moment = site.moment()
    site.insert(1)
    site.archive_all()
    site.restore(target_time=moment)
    started = site.cluster.value("SELECT pg_postmaster_start_time()")
    kept = Path(f"{site.cluster.data}.pitr-old")

    # Somebody needed the space.
    kept.rename(elsewhere := kept.with_name("elsewhere"))
    for check in (True, False):
        refused = site.roll_back(fails=True, check=check)
        assert (refused.code, "is gone: it was kept as" in refused["msg"]) == ("swap-inconsistent", True)

    # Something of that name is no proof.
    site.cluster.os_user.run(["cp", "-a", site.cluster.data, kept])
    refused = site.roll_back(fails=True)
    assert (refused.code, f"'{kept}' is not the directory" in refused["msg"]) == ("swap-inconsistent", True)
    assert site.cluster.value("SELECT pg_postmaster_start_time()") == started

    shutil.rmtree(kept)
    elsewhere.rename(kept)
    site.roll_back()
    assert site.rows() == [1]
