# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server's answers mean."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.queries import (
    Progress,
    answer_of,
    progress_of,
    timeline_of_insertion,
)
from scripted_server import ScriptedServer

NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
LSN = Lsn.parse("0/5000028")


@pytest.mark.parametrize(
    ("row", "progress"),
    [
        pytest.param((True, None, None, "not paused"), Progress(True, None, None, False), id="nothing replayed"),
        pytest.param((True, "0/5000028", NOON, "not paused"), Progress(True, LSN, NOON, False), id="on its way"),
        pytest.param((True, "0/5000028", NOON, "pause requested"), Progress(True, LSN, NOON, False), id="not yet"),
        pytest.param((True, "0/5000028", NOON, "paused"), Progress(True, LSN, NOON, True), id="paused"),
        pytest.param((False, "0/5000028", None, "not in recovery"), Progress(False, LSN, None, False), id="open"),
    ],
)
def test_progress_is_read(row: tuple[Any, ...], progress: Progress) -> None:
    assert progress_of(ScriptedServer({"pg_last_wal_replay_lsn": [row]})) == progress


def test_timeline_is_that_of_the_segment_being_written() -> None:
    assert timeline_of_insertion(ScriptedServer({"pg_walfile_name": [("0000000B0000000000000005",)]})) == 11


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        pytest.param([(5,)], "5", id="a number"),
        pytest.param([(True,)], "t", id="true"),
        pytest.param([(False,)], "f", id="false"),
        pytest.param([(None,)], None, id="null"),
        pytest.param([("",)], "", id="empty text"),
    ],
)
def test_one_value_is_given_as_psql_shows_it(rows: list[tuple[Any, ...]], answer: str | None) -> None:
    assert (
        answer_of(
            ScriptedServer({"BEGIN TRANSACTION READ ONLY": [], "SET LOCAL": [], "SELECT": rows}),
            "SELECT 1",
            lock_timeout_seconds=3,
        )
        == answer
    )


@pytest.mark.parametrize("rows", [[], [(1,), (2,)], [(1, 2)]])
def test_other_than_one_value_is_no_check(rows: list[tuple[Any, ...]]) -> None:
    with pytest.raises(Failed) as caught:
        answer_of(
            ScriptedServer({"BEGIN TRANSACTION READ ONLY": [], "SET LOCAL": [], "SELECT": rows}),
            "SELECT 1",
            lock_timeout_seconds=3,
        )
    assert caught.value.code == "check-failed"
