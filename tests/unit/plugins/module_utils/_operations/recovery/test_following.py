# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a standby is waited for, which has an archive to catch up before it streams."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.server_log import LogMark
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.sql.server import Server
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.following import Following
from fake_runner import FakeRunner
from fixture_files import FIXTURES
from sample_cluster import sample_cluster
from sample_plan import sample_journal
from scripted_server import ScriptedServer

SEGMENT = 'LOG:  restored log file "{}" from archive\n'
REFUSED = "LOG:  waiting for WAL to become available at 0/{}\n"


class ControlData(FakeRunner):
    """A pg_controldata of a recovery that has flushed nothing new."""

    def answer(self, argv: tuple[str, ...]) -> Result:
        assert argv[0].endswith("pg_controldata"), argv
        return Result(argv, 0, (FIXTURES / "pg_controldata-15.txt").read_text(encoding="utf-8"), "")


def awaited(log: Path, connect: Callable[..., Server], **limits: float) -> str:
    """What the standby comes to, where each question takes as long as it may stand still."""
    cluster = sample_cluster(str(log.parent / "data"), log_file=str(log))
    following = Following(sample_journal(cluster), connect=connect, runner=ControlData(), seconds=0, **limits)
    return following.awaited(LogMark({}, 0))


def answers(lsn: str, *receiving: str) -> ScriptedServer:
    return ScriptedServer(
        {
            "pg_stat_wal_receiver": [(state,) for state in receiving],
            "pg_last_wal_replay_lsn": [(True, lsn, None, "not paused")],
            "pg_is_in_recovery": [(True,)],
        }
    )


def test_standby_that_replays_is_waited_for_until_it_streams(tmp_path: Path) -> None:
    # Two questions in each period: for the state, and for the position.
    replaying = [answers(f"0/{number}000028") for number in (3, 3, 4, 4, 5)]
    servers = iter([*replaying, *(answers("0/6000028", "streaming") for _question in range(2))])
    assert awaited(tmp_path / "log", lambda *_any, **_how: next(servers)) == "streaming"


def test_archive_that_grows_is_no_stream(tmp_path: Path) -> None:
    """The primary refuses the standby, and archives on."""
    servers = (answers(f"0/{number:07X}8") for number in count(0x500000))
    assert awaited(tmp_path / "log", lambda *_any, **_how: next(servers)) == "nothing receives WAL"


def test_all_of_it_has_a_limit_where_one_is_given(tmp_path: Path) -> None:
    servers = iter([answers("0/3000028"), answers("0/3000028"), answers("0/4000028")])
    assert awaited(tmp_path / "log", lambda *_any, **_how: next(servers), limit_seconds=0) == "nothing receives WAL"


def test_standby_that_stands_still_is_given_up(tmp_path: Path) -> None:
    servers = iter([answers("0/3000028"), answers("0/3000028"), answers("0/3000028")])
    assert awaited(tmp_path / "log", lambda *_any, **_how: next(servers)) == "nothing receives WAL"


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        pytest.param([SEGMENT.format(f"{1:08X}{0:08X}{number:08X}") for number in (3, 4, 5, 5)], 3, id="replays"),
        pytest.param([REFUSED.format(number) for number in (3, 4)], 1, id="only complains"),
    ],
)
def test_server_that_lets_nobody_in_yet_is_known_by_the_segments_in_its_log(
    lines: list[str], asked: int, tmp_path: Path
) -> None:
    log, to_come, states = tmp_path / "log", iter(lines), []

    def connect(*_any: object, **_how: object) -> Server:
        raise Unavailable("the database system is starting up", code="server-starting", hint="")

    class Growing(Following):
        def _state(self) -> str:
            with log.open("a", encoding="ascii") as stream:
                stream.write(next(to_come))
            states.append(super()._state())
            return states[-1]

    log.write_text(next(to_come), encoding="ascii")
    cluster = sample_cluster(str(tmp_path / "data"), log_file=str(log))
    standby = Growing(sample_journal(cluster), connect=connect, runner=ControlData(), seconds=0)
    assert standby.awaited(LogMark({}, 0)) == "the database system is starting up"
    assert len(states) == asked
