# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a base backup asks the server, answered by a script; the statements themselves run in integration tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_stats import ReadyFiles
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.queries import (
    backup_facts,
    is_waiting_for_archive,
    wal_summaries,
)
from scripted_server import Rows, ScriptedServer

NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
PRIMARY: dict[str, Any] = {
    "pg_current_wal_insert_lsn": [("0/3000000",)],
    "pending_lsn": [(3, "0/3000000", "0/3000000", "0/3000000", 60.0)],
    "pg_is_in_recovery": [(False,)],
    "pg_walfile_name": [("000000030000000000000005",)],
    "clock_timestamp": [(NOON,)],
    "name = ANY": [("archive_mode", "on"), ("server_version_num", "160004"), ("data_checksums", "off")],
    "rolreplication": [("backup", True, False)],
    "pg_control_system": [("7402983475982734987",)],
    "pg_tablespace_location": [(16385, "/srv/ts")],
    "enumvals": [("pglz,lz4,on,off",)],
    "pg_stat_archiver": [(1, "000000030000000000000004", NOON, 0, None, None)],
    "pg_database_size": [(1000,)],
}
SUMMARIES: dict[str, Any] = {
    "pg_available_wal_summaries": [("0/2000028", "0/3000000"), ("0/1000028", "0/2000028")],
    "pg_get_wal_summarizer_state": [(3, "0/3000000", True)],
}


def facts(**answers: Any) -> Any:
    """The facts of a server that answers as above, but for what is given."""
    by_key = {key.replace("__", " "): rows for key, rows in answers.items()}
    return backup_facts(ScriptedServer({**PRIMARY, **by_key}), ready=ReadyFiles((), 0.0))


def test_facts_of_a_primary() -> None:
    found = facts()
    assert (found.timeline, found.in_recovery, found.now) == (3, False, NOON)
    assert (found.user, found.may_replicate, found.is_superuser) == ("backup", True, False)
    assert (found.version_num, found.data_checksums, found.tablespaces) == (160004, False, {16385: "/srv/ts"})
    assert found.wal_compression_values == ("pglz", "lz4", "on", "off")
    assert (found.summaries, found.restartpoint) == (None, None)


def test_a_standby_tells_its_last_restartpoint() -> None:
    found = facts(
        pg_is_in_recovery=[(True,)], timeline_id=[(2,)], full_page_writes=[("0/5000028", False)], pg_walfile_name=[]
    )
    assert (found.timeline, found.in_recovery) == (2, True)
    assert (found.restartpoint.lsn, found.restartpoint.full_page_writes) == (Lsn.parse("0/5000028"), False)


@pytest.mark.parametrize(
    ("answers", "attribute", "expected"),
    [
        pytest.param({"enumvals": []}, "wal_compression_values", (), id="a boolean wal_compression"),
        pytest.param({"pg_database_size": [(None,)]}, "size_bytes", None, id="sizes that the login may not query"),
    ],
)
def test_what_is_not_told_is_unknown(answers: dict[str, Rows], attribute: str, expected: object) -> None:
    assert getattr(facts(**answers), attribute) == expected


def test_summaries_are_asked_for_where_the_server_summarizes() -> None:
    settings = [("summarize_wal", "on"), ("server_version_num", "170000"), ("data_checksums", "on")]
    found = facts(**{"name = ANY": settings}, **SUMMARIES)
    assert found.summaries.covered_until(Lsn.parse("0/1000028")) == Lsn.parse("0/3000000")
    assert (found.summaries.timeline, found.summaries.summarized_timeline) == (3, 3)


def test_a_summarizer_that_starts_is_waited_for() -> None:
    states: list[Rows] = [[(3, "0/0", False)], [(3, "0/0", False)], [(3, "0/3000000", True)]]
    answer: Callable[[], Rows] = lambda: states.pop(0)  # noqa: E731
    server = ScriptedServer({**SUMMARIES, "pg_get_wal_summarizer_state": answer})
    assert wal_summaries(server, timeline=3).is_running
    assert states == []


@pytest.mark.parametrize(
    ("rows", "expected"), [pytest.param([(1,)], True, id="waiting"), pytest.param([], False, id="copying, or none")]
)
def test_whether_a_backup_waits_for_the_archive(rows: Rows, *, expected: bool) -> None:
    assert is_waiting_for_archive(ScriptedServer({"pg_stat_progress_basebackup": rows})) is expected
