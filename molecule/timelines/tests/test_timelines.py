# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each recovery found its moment on its own timeline, and rollback the cluster as it was before the last one."""

from __future__ import annotations

import pytest
from pitr_testinfra import Cluster
from testinfra.host import Host

EXPECTED = {"first": "2001", "second": "2001 2002", "third": "2001 3001"}


@pytest.mark.parametrize("recovery", EXPECTED)
def test_rows_after_each_recovery(host: Host, recovery: str) -> None:
    assert host.file(f"/var/tmp/rows-{recovery}").content_string.strip() == EXPECTED[recovery]


def test_rollback_goes_on_above_the_timeline_that_was_given_up(main: Cluster) -> None:
    assert main.timeline() == 5
    assert main.ask("select string_agg(id::text, ' ' order by id) from event where id > 1000") == "2001 2002"


def test_every_timeline_has_its_history_in_the_repository(host: Host, host_name: str) -> None:
    found = host.check_output(f"find /srv/pitr/{host_name}/wal -name '*.history*' -printf '%f\\n'").split()
    assert {name[:8] for name in found} == {"00000002", "00000003", "00000004", "00000005"}


def test_server_is_active_and_archives(main: Cluster) -> None:
    assert main.is_active()
    assert main.stored(main.archived_segment())
