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

    def refusal(code: str = "server-would-not-start", **changes: Any) -> str:
        site.cluster.configure(**changes)
        refused = site.plan(target_time=moment, fails=True)
        assert refused.code == code
        return str(refused["msg"])

    hba = site.cluster.data / "pg_hba.conf"
    before = hba.read_text()
    hba.write_text(f"{before}nonsense\n")
    assert "nonsense" in refusal("hba-invalid")
    hba.write_text(before)
    port, directory = site.cluster.port, site.cluster.socket_directory
    assert f"port {port}" in refusal(port=port + 1)
    assert "/nonexistent" in refusal(port=port, unix_socket_directories="/nonexistent")
    assert "192.0.2.77" in refusal(unix_socket_directories=str(directory), listen_addresses="192.0.2.77")
    site.cluster.configure(listen_addresses="")

    assert "server.crt" in refusal(ssl="on")
    # More than any host of these tests has.
    assert "shared memory" in refusal(ssl="off", shared_buffers="4TB")
    assert "no_such_library" in refusal(shared_buffers="16MB", shared_preload_libraries="no_such_library")
    assert site.stage(target_time=moment, fails=True).code == "server-would-not-start"

    # The restored server can do without, and the plan knows it.
    given = {"settings": {"shared_preload_libraries": ""}}
    site.restore(target_time=moment, **given)
    assert site.rows() == []
