# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import SYSTEMD, Cluster, ServiceName
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.server_log import ServerLog
from sample_cluster import sample_cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    """A stopped cluster that was never started."""
    (tmp_path / "log").mkdir()
    return sample_cluster(str(tmp_path), running=False)


def test_only_lines_after_the_mark_are_told(cluster: Cluster, tmp_path: Path, make_runner: Callable[..., Any]) -> None:
    path = tmp_path / "server.log"
    path.write_text("old\n", encoding="utf-8")
    log = ServerLog(cluster, runner=make_runner({}))
    mark = log.mark(now_seconds=0)

    with open(path, "ab") as stream:
        stream.write(b"new\nbad \xff byte\n")

    assert log.since(mark) == ("new", "bad � byte")
    assert log.tail(lines=2) == ("new", "bad � byte")


def test_file_that_was_cut_short_is_read_from_its_beginning(
    cluster: Cluster, tmp_path: Path, make_runner: Callable[..., Any]
) -> None:
    path = tmp_path / "server.log"
    path.write_text("a long line that was there\n", encoding="utf-8")
    log = ServerLog(cluster, runner=make_runner({}))
    mark = log.mark(now_seconds=0)

    path.write_text("new\n", encoding="utf-8")

    assert log.since(mark) == ("new",)


def test_collectors_new_file_is_followed(cluster: Cluster, tmp_path: Path, make_runner: Callable[..., Any]) -> None:
    log = ServerLog(cluster, runner=make_runner({}))
    mark = log.mark(now_seconds=0)

    (tmp_path / "log" / "two.csv").write_text("csv\n", encoding="utf-8")
    (tmp_path / "log" / "two.log").write_text("text\n", encoding="utf-8")
    (tmp_path / "current_logfiles").write_text("csvlog log/two.csv\nstderr log/two.log\n", encoding="utf-8")

    assert log.since(mark) == ("text",)


def test_journal_is_asked_where_a_unit_owns_the_cluster(cluster: Cluster, make_runner: Callable[..., Any]) -> None:
    unit = replace(cluster, service=ServiceName(SYSTEMD, "postgresql-17"))
    command = ("journalctl", "--unit=postgresql-17.service", "--since=@1700000000", "--output=cat", "--no-pager")
    runner = make_runner({(*command, "--quiet", "--lines=30"): "one\ntwo\n"})
    log = ServerLog(unit, runner=runner)

    assert log.since(log.mark(now_seconds=1700000000.4)) == ("one", "two")


def test_cluster_without_any_log_has_no_lines(cluster: Cluster, make_runner: Callable[..., Any]) -> None:
    assert ServerLog(cluster, runner=make_runner({})).tail() == ()


def test_password_that_the_server_logs_is_hidden(
    cluster: Cluster, tmp_path: Path, make_runner: Callable[..., Any]
) -> None:
    log = ServerLog(cluster, runner=make_runner({}))
    mark = log.mark(now_seconds=0)
    line = 'LOG:  parameter "primary_conninfo" changed to "host=db password={}"\n'
    (tmp_path / "server.log").write_text(line.format("hunter2"), encoding="utf-8")

    assert log.since(mark) == log.tail() == (line.format("********").rstrip(),)
