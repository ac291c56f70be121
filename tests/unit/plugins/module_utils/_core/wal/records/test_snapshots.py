# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of running transactions, as pg_waldump prints them."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import Snapshot, WalExtract
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.records.snapshots import (
    SNAPSHOT_RMGRS,
    parse_snapshots,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.records.waldump import parse_waldump, waldump_argv
from fixture_files import FIXTURES

# Printed by pg_waldump 15.18 and 18.4, but for the middle of the last two lines.
WHOLE = "RUNNING_XACTS nextXid 717 latestCompletedXid 715 oldestRunningXid 716; 1 xacts: 716"
NONE = "RUNNING_XACTS nextXid 825 latestCompletedXid 824 oldestRunningXid 825"
PARTIAL_15 = "RUNNING_XACTS nextXid 796 latestCompletedXid 724 oldestRunningXid 725; 1 xacts: 725; subxid ovf"
PARTIAL_18 = "RUNNING_XACTS nextXid 824 latestCompletedXid 752 oldestRunningXid 753; 1 xacts: 753; subxid overflowed"
SHUTDOWN = "CHECKPOINT_SHUTDOWN redo 0/1707190; tli 1; prev tli 1; oldest running xid 0; shutdown"
ONLINE = "CHECKPOINT_ONLINE redo 0/1707190; tli 1; prev tli 1; oldest running xid 753; online"
LSN = Lsn.parse("0/17071B0")


def record(rmgr: str, description: str) -> str:
    head = f"rmgr: {rmgr:<11} len (rec/tot):     54/    54, tx:          0, lsn: 0/017071B0, prev 0/01707190"
    return f"{head}, desc: {description}"


@pytest.mark.parametrize(
    ("rmgr", "description", "expected"),
    [
        pytest.param("Standby", WHOLE, Snapshot(LSN, True, 716, 717), id="one runs"),
        pytest.param("Standby", NONE, Snapshot(LSN, True, 825, 825), id="none runs"),
        pytest.param("Standby", PARTIAL_15, Snapshot(LSN, False, 725, 796), id="partial in 15"),
        pytest.param("Standby", PARTIAL_18, Snapshot(LSN, False, 753, 824), id="partial in 18"),
        pytest.param("XLOG", SHUTDOWN, Snapshot(LSN, True), id="a shutdown"),
    ],
)
def test_snapshot_is_read(rmgr: str, description: str, expected: Snapshot) -> None:
    line = record(rmgr, description)
    assert parse_snapshots(line) == WalExtract(events=(), snapshots=(expected,))
    assert parse_waldump(line) == WalExtract(events=())


@pytest.mark.parametrize(
    ("rmgr", "description"),
    [
        pytest.param("XLOG", ONLINE, id="a checkpoint of a running server"),
        pytest.param("Standby", "LOCK xid 753 db 5 rel 16384", id="a lock"),
        pytest.param("XLOG", WHOLE, id="of another resource manager"),
        pytest.param("Transaction", SHUTDOWN, id="a shutdown of another one"),
        pytest.param("Standby", WHOLE.replace("717", "9" * 5000), id="a number without end"),
        pytest.param("Standby", WHOLE.replace("717", "\u0667\u0661\u0667"), id="digits of another script"),
        pytest.param("XLOG", "RESTORE_POINT CHECKPOINT_SHUTDOWN ", id="a restore point of that name"),
    ],
)
def test_other_records_are_no_snapshots(rmgr: str, description: str) -> None:
    assert parse_snapshots(record(rmgr, description)).snapshots == ()


def test_end_of_wal_is_told() -> None:
    assert parse_snapshots("", stderr=(FIXTURES / "pg_waldump-18-end.txt").read_text()).end is not None
    assert parse_snapshots("").end is None


def test_resource_managers_are_those_of_snapshots() -> None:
    (argv,) = waldump_argv("w", version=15, directory="/d", first_segment="1", last_segment="2", rmgrs=SNAPSHOT_RMGRS)
    assert argv == ("w", "--rmgr=Standby", "--rmgr=XLOG", "--path=/d", "1", "2")
