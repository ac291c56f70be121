# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import (
    PG_CTLCLUSTER,
    SYSTEMD,
    ServiceName,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.service_command import (
    needs_root,
    start_command,
    stop_command,
)
from sample_cluster import sample_cluster

BARE = sample_cluster("/d a", bin_directory="/b", running=False, start_options=("-k", "/a 'b"))
UNIT = replace(BARE, service=ServiceName(SYSTEMD, "postgresql@15-main"))
DEBIAN = replace(BARE, service=ServiceName(PG_CTLCLUSTER, "15/main"))


def test_start_goes_to_whoever_owns_the_cluster() -> None:
    assert start_command(UNIT, log_file="/l")[-2:] == ["start", "postgresql@15-main.service"]
    assert start_command(DEBIAN, log_file="/l")[-3:] == ["15", "main", "start"]
    bare = start_command(BARE, log_file="/l")
    assert bare[:4] == ["/b/pg_ctl", "start", "-D", "/d a"]
    assert bare[bare.index("-l") + 1] == "/l"
    assert bare[bare.index("-o") + 1] == "-k '/a '\"'\"'b'"


def test_fast_stop_goes_to_the_service_and_any_other_to_the_server() -> None:
    assert stop_command(UNIT, mode="fast")[0] == "systemctl"
    assert stop_command(UNIT, mode="immediate") == ["/b/pg_ctl", "stop", "-D", "/d a", "-W", "-s", "-m", "immediate"]


def test_service_managers_need_root() -> None:
    assert needs_root(start_command(UNIT, log_file="/l"))
    assert needs_root(start_command(DEBIAN, log_file="/l"))
    assert not needs_root(start_command(BARE, log_file="/l"))
