# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_lag import WalPosition
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_status import ArchiveStatus
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_stats import ArchiverStats
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.held_wal import HeldWal, ReplicationSlot
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.push_failure import PushFailure
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.wal_directory import WalDirectory
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.archiver import (
    RepositoryState,
    archiver_state,
    written_wal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.status import ServerState

NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
SEEN = NOON.timestamp()
MIB = 1 << 20
WAITING = "000000010000000000000004"
WAL = WalDirectory(
    ArchiveStatus.of([(f"{WAITING}.ready", SEEN - 30, SEEN - 30)]),
    seen_at=SEEN,
    failure=PushFailure(WAITING, "repository-full", "no room", SEEN - 10),
    used_bytes=8 * MIB,
    free_bytes=MIB,
    segment_bytes=MIB,
)
SERVER = ServerState(
    ArchiverStats(1, "000000010000000000000003", NOON, 0, None, None),
    settings={"archive_timeout": "60"},
    is_active=True,
    insert=WalPosition(1, Lsn(5 * MIB + 7)),
    held=HeldWal(None, (ReplicationSlot("gone", 65 * MIB),), segment_bytes=MIB),
)
REPOSITORY = RepositoryState("/srv/pitr/db1", StoredWal({1: IntervalSet((2, 4))}, (), SegmentSize(MIB)))


def test_primary_that_was_asked() -> None:
    state = archiver_state(
        WAL, server=SERVER, written=written_wal(SERVER, wal=WAL), repository=REPOSITORY, queue_max_bytes=MIB - 1
    )

    assert (state.ready_count, state.oldest_ready_seconds, state.last_archived) == (1, 30, "000000010000000000000003")
    assert (state.is_active, state.server_error, state.repository) == (True, None, "/srv/pitr/db1")
    assert (state.lag.size_bytes, state.lag.stored_until, state.lag.loss_seconds) == (MIB + 7, Lsn(4 * MIB), 90.0)
    assert state.room is not None and state.room.is_over
    assert [each.name for each in state.kept_wal] == ["gone"] and "'gone'" in state.held_wal[0]


def test_file_whose_push_failed_is_known_to_fail_without_the_servers_counters() -> None:
    for server in (SERVER, None):
        state = archiver_state(WAL, server=server, written=None, repository=REPOSITORY)
        assert (state.failing_on, state.failure_age_seconds) == (WAITING, 10)
        assert state.failure == WAL.failure


def test_server_that_was_not_asked_tells_why() -> None:
    state = archiver_state(
        replace(WAL, failure=None), server=None, written=None, repository=REPOSITORY, server_error="it refused"
    )

    assert (state.server_error, state.failing_on, state.is_active, state.held_wal) == ("it refused", None, None, ())
    assert state.lag.size_bytes is None


def test_standby_does_not_know_what_would_be_lost() -> None:
    assert written_wal(replace(SERVER, insert=None), wal=WAL) is None


def test_repository_that_is_away_is_named_with_the_reason() -> None:
    away = RepositoryState("/srv/pitr/db1", None, error="it is not mounted")
    state = archiver_state(WAL, server=SERVER, written=written_wal(SERVER, wal=WAL), repository=away)

    assert (state.repository_error, state.lag.segments, state.lag.size_bytes) == ("it is not mounted", 1, None)
