# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.archive_watch import ArchiveWatch
from sample_cluster import sample_cluster
from scripted_server import Rows, ScriptedServer

NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
SEGMENT = "000000010000000000000007"
WAITING: Rows = [(1,)]
GOING: Rows = [(9, SEGMENT, NOON, 0, None, None)]
FAILING: Rows = [(9, SEGMENT, NOON - timedelta(minutes=5), 4, SEGMENT, NOON)]


def down() -> Rows:
    raise Unavailable("the server is down", code="server-down", hint="x")


def codes(
    data_directory: Path, *, waiting: Rows, archiver: Rows, standby_wait_seconds: float | None = None
) -> list[str | None]:
    """What three looks find, a minute apart."""
    (data_directory / "pg_wal" / "archive_status").mkdir(parents=True)
    server = ScriptedServer({"pg_stat_progress_basebackup": waiting, "pg_stat_archiver": archiver})
    moments = iter([NOON, NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)])
    watch = ArchiveWatch(
        sample_cluster(str(data_directory)),
        server=server,
        standby_wait_seconds=standby_wait_seconds,
        clock=lambda: next(moments),
    )
    found: list[str | None] = []
    for _each in range(3):
        try:
            watch.check()
            found.append(None)
        except PitrError as error:
            found.append(error.code)
    return found


@pytest.mark.parametrize(
    ("waiting", "archiver", "limit", "expected"),
    [
        pytest.param([], FAILING, None, [None] * 3, id="copying, so the archiver does not matter yet"),
        pytest.param(WAITING, GOING, None, [None] * 3, id="the archiver works"),
        pytest.param(WAITING, FAILING, None, ["archiver-failing"] * 3, id="the archiver fails"),
        pytest.param(WAITING, GOING, 90, [None, None, "backup-wal-missing"], id="a standby waits for its primary"),
    ],
)
def test_a_backup_does_not_wait_for_what_does_not_move(
    tmp_path: Path, waiting: Rows, archiver: Rows, limit: float | None, expected: list[str | None]
) -> None:
    assert codes(tmp_path, waiting=waiting, archiver=archiver, standby_wait_seconds=limit) == expected


def test_a_server_that_goes_down_is_left_to_pg_basebackup(tmp_path: Path) -> None:
    server = ScriptedServer({"pg_stat_progress_basebackup": down})
    watch = ArchiveWatch(sample_cluster(str(tmp_path)), server=server, standby_wait_seconds=None, clock=lambda: NOON)
    watch.check()
