# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_lag import WalPosition
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.status import (
    server_state,
    stored_state,
)
from scripted_server import ScriptedServer

VALUES = {"archive_mode": "on", "archive_timeout": "60", "port": "1"}
SETTINGS = [(name, "sighup", value, "default", "", False) for name, value in VALUES.items()]


@pytest.fixture
def server() -> ScriptedServer:
    return ScriptedServer(
        {
            "wal_segment_size": [("wal_segment_size", 1 << 24), ("wal_keep_size", 0), ("max_slot_wal_keep_size", 0)],
            "name = %(name)s": [],
            "pg_replication_slots": [],
            "pg_settings": SETTINGS,
            "pg_stat_archiver": [(7, "S", None, 0, None, None)],
            "pg_is_in_recovery": [(False,)],
            "pg_walfile_name": [("000000020000000000000003",)],
            "pg_current_wal_insert_lsn": [("0/300100",)],
        }
    )


def test_primary_says_where_it_writes(server: ScriptedServer) -> None:
    found = server_state(server, in_recovery=False)

    assert (found.stats.archived_count, found.is_active, found.switch_seconds) == (7, True, 60)
    assert found.settings == {"archive_mode": "on", "archive_timeout": "60"}
    assert found.insert == WalPosition(2, Lsn.parse("0/300100"))


def test_standby_is_not_asked_where_it_writes(server: ScriptedServer) -> None:
    assert server_state(server, in_recovery=True).insert is None


@pytest.mark.parametrize(
    ("mode", "timeout", "seconds"), [("on", "60", 60), ("on", "0", None), ("off", "60", None), ("always", "5", 5)]
)
def test_segments_with_changes_are_finished_in_time_while_the_server_archives(
    server: ScriptedServer, mode: str, timeout: str, seconds: int | None
) -> None:
    found = server_state(server, in_recovery=False)
    settings = {"archive_mode": mode, "archive_timeout": timeout}

    assert replace(found, settings=settings, is_active=mode != "off").switch_seconds == seconds


def test_stored_files_are_read_when_that_is_asked(folder: ClusterFolder, store: Callable[..., None]) -> None:
    store(2, 3)
    (damaged,) = Path(folder.path).rglob("000000010000000000000003*")
    damaged.write_bytes(b"no gzip")

    assert stored_state(folder, check_files=False).damaged is None
    found = stored_state(folder, check_files=True)
    assert [each.name for each in found.damaged or ()] == ["000000010000000000000003"]
    assert found.wal.has("000000010000000000000002")
