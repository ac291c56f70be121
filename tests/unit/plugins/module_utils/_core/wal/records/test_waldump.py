# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real answers of pg_waldump, by version."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import ABORT, COMMIT, RESTORE_POINT
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.records.waldump import (
    parse_first_record,
    parse_waldump,
    waldump_argv,
)
from fixture_files import FIXTURES


@pytest.mark.parametrize("version", [15, 16, 18])
def test_ends_of_transactions_and_restore_points_are_found(version: int) -> None:
    extract = parse_waldump(
        (FIXTURES / f"pg_waldump-{version}.txt").read_text(),
        stderr=(FIXTURES / f"pg_waldump-{version}-end.txt").read_text(),
    )
    kinds = [event.kind for event in extract.events]
    assert kinds == [COMMIT, COMMIT, RESTORE_POINT, ABORT, COMMIT, ABORT, COMMIT]
    point = extract.events[2]
    assert (point.name, point.ends_transaction) == ("before it's gone", False)
    first = extract.events[0].xid
    # The rolled back one, then the two prepared ones by the numbers of the transactions they were, then the last.
    assert [event.xid - first for event in extract.events[3:]] == [2, 3, 4, 5]
    assert [event.lsn for event in extract.events] == sorted(event.lsn for event in extract.events)
    assert all(event.moment is not None and event.moment.tzinfo is not None for event in extract.commits)
    assert extract.end is not None and extract.end > extract.events[-1].lsn
    assert extract.commits == tuple(event for event in extract.events if event.kind == COMMIT)


def test_stretch_without_an_end_goes_on() -> None:
    assert parse_waldump("", stderr="").end is None


def test_end_without_a_place_is_where_the_last_record_began() -> None:
    said = "pg_waldump: error: error in WAL record at 0/2016418: could not read page"
    assert parse_waldump("", stderr=said).end == Lsn.parse("0/2016418")


def test_version_that_takes_one_resource_manager_is_asked_twice() -> None:
    asked = {
        version: waldump_argv("pg_waldump", version=version, directory="/d", first_segment="1", last_segment="2")
        for version in (14, 15)
    }
    assert [len(commands) for commands in asked.values()] == [3, 1]
    assert asked[15] == (
        ("pg_waldump", "--rmgr=Transaction", "--rmgr=XLOG", "--rmgr=Tablespace", "--path=/d", "1", "2"),
    )


@pytest.mark.parametrize("version", [15, 18])
def test_records_that_a_recovery_meets_are_found(version: int) -> None:
    extract = parse_waldump((FIXTURES / f"pg_waldump-{version}-records.txt").read_text())
    (commit,) = extract.commits
    assert commit.subtransactions == (commit.xid + 1, commit.xid + 2)
    # One that was rolled back on its own has a record of its own.
    assert [event.xid - commit.xid for event in extract.events] == [0, 4, 5, 3]
    (created,) = extract.tablespaces
    assert created.location == "/mnt/ts"
    (change,) = extract.parameter_changes
    assert change.ends_recovery and change.settings == {
        "max_connections": 61,
        "max_worker_processes": 8,
        "max_wal_senders": 0,
        "max_prepared_transactions": 0,
        "max_locks_per_transaction": 64,
    }


def test_beginning_of_a_timeline_has_its_time() -> None:
    line = (
        "rmgr: XLOG        len (rec/tot):     42/    42, tx:          0, lsn: 0/03000110, prev 0/030000D0, desc: "
        "END_OF_RECOVERY tli 2; prev tli 1; time 2026-11-22 16:45:23.230368 UTC"
    )
    for text in (line, f"{line}; wal_level replica"):
        (beginning,) = parse_waldump(text).beginnings
        assert (beginning.timeline, beginning.moment.isoformat()) == (2, "2026-11-22T16:45:23.230368+00:00")


def test_first_record_is_where_it_begins() -> None:
    said = "rmgr: XLOG len (rec/tot): 30/30, tx: 0, lsn: 0/02000028, prev 0/015007C8, desc: NEXTOID 24576"
    assert parse_first_record(said) == Lsn.parse("0/2000028")
    assert parse_first_record("") is None
