# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.service_command import (
    FAST,
    IMMEDIATE,
    START,
    STOP,
    pg_ctl_promote,
    pg_ctl_reload,
    pg_ctl_start,
    pg_ctl_stop,
    pg_ctlcluster,
    systemctl,
)
from sample_cluster import sample_cluster

BARE = sample_cluster("/d a", bin_directory="/b", running=False, start_options=("-k", "/a 'b"))


def test_service_managers_are_asked_and_not_waited_for() -> None:
    assert systemctl(START, "postgresql@15-main")[-3:] == ["--no-block", "start", "postgresql@15-main.service"]
    assert pg_ctlcluster(START, "15/main") == ["pg_ctlcluster", "--skip-systemctl-redirect", "15", "main", "start"]
    assert pg_ctlcluster(STOP, "15/main", f"--mode={FAST}")[-4:] == ["--mode=fast", "15", "main", "stop"]


def test_pg_ctl_starts_with_the_arguments_of_the_last_start() -> None:
    start = pg_ctl_start(BARE, log_file="/l")
    assert start[:4] == ["/b/pg_ctl", "start", "-D", "/d a"] and "-W" in start
    assert start[start.index("-l") + 1] == "/l"
    assert start[start.index("-o") + 1] == "-k '/a '\"'\"'b'"
    assert "-o" not in pg_ctl_start(sample_cluster(), log_file="/l")


def test_pg_ctl_asks_the_server_itself() -> None:
    assert pg_ctl_stop(BARE, mode=IMMEDIATE) == ["/b/pg_ctl", "stop", "-D", "/d a", "-s", "-W", "-m", "immediate"]
    assert pg_ctl_reload(BARE) == ["/b/pg_ctl", "reload", "-D", "/d a", "-s"]
    assert pg_ctl_promote(BARE, timeout_seconds=30)[-3:] == ["-w", "-t", "30"]
