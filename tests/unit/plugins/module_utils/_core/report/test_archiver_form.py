# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_lag import ArchiveLag
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_rate import ArchiveRate
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_state import ArchiverState, WalRoom
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.held_wal import KeptWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.other_repository import OtherRepository
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.push_failure import PushFailure
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.window import Window
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.archiver_form import archiver_to_dict
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn

WINDOW = Window(Lsn(3 << 24), Lsn(5 << 24), 1, "a", datetime(2026, 11, 22, 15, tzinfo=timezone.utc))
NOTHING_KNOWN = {
    "ready_count": 1,
    "oldest_ready_seconds": 3.1,
    "last_archived": "S1",
    "failing_on": "S2",
    "failure": None,
    "server_error": None,
    "archiving": None,
    "repository": None,
    "repository_error": None,
    "stored_until": None,
    "loss": {"bytes": None, "seconds": None},
    "rate": {"archived_per_second": None, "finished_per_second": None},
    "ready_bytes": None,
    "queue_max_bytes": None,
    "pg_wal_bytes": None,
    "pg_wal_free_bytes": None,
    "held_wal": [],
    "kept_wal": [],
    "repositories": [],
}


def test_what_is_not_known_is_null() -> None:
    assert archiver_to_dict(ArchiverState(1, 3.14159, "S1", "S2")) == NOTHING_KNOWN


def test_everything_that_is_known() -> None:
    state = ArchiverState(
        1,
        3.14159,
        "S1",
        "S2",
        held_wal=("it stands still",),
        is_active=True,
        failure=PushFailure("S2", "repository-full", "no room", 1764380000.5),
        kept_wal=(KeptWal("slot", "gone", 7, "not in use"), KeptWal("wal_keep_size", "", 5, "always")),
        lag=ArchiveLag(1, 3.1, 100, Lsn(1 << 24), 12.5),
        rate=ArchiveRate(0.12345, 1.0),
        room=WalRoom(10, 20, 30, 5),
        repository="/srv/pitr/db1",
        repository_error="away",
        others=(
            OtherRepository("far", lacking_count=3, first_lacking="S1", backup_count=2, window=WINDOW),
            OtherRepository("spare", False, failure=PushFailure("S2", "c", "m", 1764380000.5), error="it is away"),
        ),
    )

    assert archiver_to_dict(state) == {
        **NOTHING_KNOWN,
        "failure": {"file": "S2", "code": "repository-full", "msg": "no room", "time": "2025-11-29T01:33:20.500000Z"},
        "archiving": True,
        "repository": "/srv/pitr/db1",
        "repository_error": "away",
        "stored_until": "0/1000000",
        "loss": {"bytes": 100, "seconds": 12.5},
        "rate": {"archived_per_second": 1.0, "finished_per_second": 0.123},
        "ready_bytes": 10,
        "queue_max_bytes": 5,
        "pg_wal_bytes": 20,
        "pg_wal_free_bytes": 30,
        "held_wal": ["it stands still"],
        "kept_wal": [
            {"by": "slot", "name": "gone", "bytes": 7, "state": "not in use"},
            {"by": "wal_keep_size", "name": None, "bytes": 5, "state": "always"},
        ],
        "repositories": [
            {
                "name": "far",
                "required": True,
                "lacking_segments": 3,
                "first_lacking": "S1",
                "failure": None,
                "error": None,
                "backup_count": 2,
                "window": {
                    "from": "2026-11-22T15:00:00.000000Z",
                    "timeline": 1,
                    "from_lsn": "0/3000000",
                    "to_lsn": "0/5000000",
                    "backup": "a",
                },
            },
            {
                "name": "spare",
                "required": False,
                "lacking_segments": None,
                "first_lacking": None,
                "failure": {"file": "S2", "code": "c", "msg": "m", "time": "2025-11-29T01:33:20.500000Z"},
                "error": "it is away",
                "backup_count": None,
                "window": None,
            },
        ],
    }
