# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server whose configuration was changed so that it would not start again is not stopped."""

from __future__ import annotations

from typing import Any

import pytest
from support.restoring import Site

pytestmark = pytest.mark.versions(15)


def test_configuration_that_no_server_starts_with_is_refused_by_the_plan(workbench, cluster, repository) -> None:
    site = Site.make(workbench, cluster, repository)
    site.cluster.sql("CREATE TABLE t (i int)")
    site.back_up()
    moment = site.moment()
    site.insert(1)
    site.archive_all()

    def refusal(**changes: Any) -> str:
        site.cluster.configure(**changes)
        refused = site.plan(target_time=moment, fails=True)
        assert refused.code == "server-would-not-start"
        return str(refused["msg"])

    assert "server.crt" in refusal(ssl="on")
    # More than any host of these tests has.
    assert "shared memory" in refusal(ssl="off", shared_buffers="4TB")
    assert "no_such_library" in refusal(shared_buffers="16MB", shared_preload_libraries="no_such_library")
    assert site.stage(target_time=moment, fails=True).code == "server-would-not-start"

    # The restored server can do without, and the plan knows it.
    given = {"settings": {"shared_preload_libraries": ""}}
    site.restore(target_time=moment, **given)
    assert site.rows() == []
