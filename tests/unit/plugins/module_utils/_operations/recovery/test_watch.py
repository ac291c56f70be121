# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a recovery ends, told by the process in its data directory and by the server's answers."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.server_log import ServerLog
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.watch import (
    OPEN,
    PAUSED,
    STOPPED,
    RecoveryWatch,
)
from fake_runner import FakeRunner
from fixture_files import FIXTURES
from sample_cluster import sample_cluster
from scripted_server import Rows, ScriptedServer

RUNNING = (True, "0/5000028", None, "not paused")


class ControlData(FakeRunner):
    """A pg_controldata that knows this state."""

    def __init__(self, state: str = "in archive recovery") -> None:
        self.state = state

    def answer(self, argv: tuple[str, ...]) -> Result:
        assert argv[0].endswith("pg_controldata"), argv
        text = (FIXTURES / "pg_controldata-15.txt").read_text(encoding="utf-8")
        lines = [
            line if "cluster state" not in line else f"Database cluster state: {self.state}"
            for line in text.splitlines()
        ]
        return Result(argv, 0, "\n".join(lines) + "\n", "")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    directory = tmp_path / "data"
    directory.mkdir()
    return directory


@pytest.fixture
def server_process(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """What stands in the data directory as a postmaster does, and says in its file that it accepts connections."""
    with subprocess.Popen(["sleep", "60"], cwd=data) as process:
        lines = [process.pid, data, int(time.time()), 5432, "/tmp", "localhost", "  1  2", "ready   "]
        (data / "postmaster.pid").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        yield process
        process.kill()


def watch(
    data: Path, *rows: tuple[object, ...], state: str = "in archive recovery", lets_in: bool = True
) -> RecoveryWatch:
    """A watch of a server that answers so, one question after the other."""
    answers = iter(rows)
    cluster = sample_cluster(str(data))
    runner = ControlData(state)

    def connect() -> ScriptedServer:
        def progress() -> Rows:
            return [next(answers)]

        return ScriptedServer({"pg_last_wal_replay_lsn": progress})

    return RecoveryWatch(
        cluster,
        connect=connect,
        runner=runner,
        mark=ServerLog(cluster, runner=runner).mark(now_seconds=time.time()),
        timeline=1,
        lets_in=True,
    )


def until_end(
    watched: RecoveryWatch, *, stall: float = 60, timeout: float = 0, may_stop: bool = False, tell=lambda _line: None
):
    return watched.until_end(stall_seconds=stall, timeout_seconds=timeout, may_stop=may_stop, tell=tell)


@pytest.mark.parametrize(
    ("last", "state"),
    [
        pytest.param((True, "0/5000100", None, "paused"), PAUSED, id="paused at the target"),
        pytest.param((False, "0/5000100", None, "not in recovery"), OPEN, id="opened by itself"),
    ],
)
def test_recovery_is_followed_to_its_end(
    data: Path, server_process: subprocess.Popen[bytes], last: tuple[object, ...], state: str
) -> None:
    told: list[str] = []
    watched = watch(data, RUNNING, RUNNING, last)
    end = watched.until_end(stall_seconds=60, timeout_seconds=0, may_stop=False, tell=told.append)
    assert (end.state, end.reached.lsn, end.reached.timeline) == (state, Lsn.parse("0/5000100"), 1)
    assert told == ["recovering: 0/5000028"], "what does not move is told once"


@pytest.mark.parametrize(
    ("stall", "timeout", "code"),
    [pytest.param(0.0, 0, "recovery-stalled", id="still"), pytest.param(60, 0.01, "recovery-timeout", id="too long")],
)
def test_patience_ends(
    data: Path, server_process: subprocess.Popen[bytes], stall: float, timeout: float, code: str
) -> None:
    with pytest.raises(Unavailable) as caught:
        until_end(watch(data, *[RUNNING] * 9), stall=stall, timeout=timeout)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("state", "may_stop", "is_end"),
    [
        pytest.param("shut down in recovery", True, True, id="stopped as it was told"),
        pytest.param("shut down in recovery", False, False, id="stopped by somebody"),
        pytest.param("in archive recovery", True, False, id="died"),
    ],
)
def test_server_that_is_gone_has_stopped_at_its_target_or_failed(
    data: Path, state: str, may_stop: bool, is_end: bool
) -> None:
    watched = watch(data, state=state)
    if is_end:
        assert until_end(watched, may_stop=may_stop).state == STOPPED
        return
    with pytest.raises(Failed, match=f"its state is '{state}'") as caught:
        until_end(watched, may_stop=may_stop)
    assert caught.value.code == "recovery-failed"


def test_connection_is_made_once_and_closed(data: Path, server_process: subprocess.Popen[bytes]) -> None:
    watched = watch(data)
    first = watched.server
    assert watched.server is first
    watched.close()
    watched.close()
    assert isinstance(first, ScriptedServer) and first.is_closed
    assert watched.server is not first
