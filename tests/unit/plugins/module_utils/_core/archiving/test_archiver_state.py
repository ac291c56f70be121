# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_state import ArchiverState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_stats import (
    ArchiverStats,
    ReadyFiles,
)

NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
READY = ReadyFiles(("S2", "S3"), 3.25)


def test_state_of_a_server_that_was_asked() -> None:
    failing = ArchiverStats(1, "S1", NOON, 2, "S2", NOON)
    assert ArchiverState.of(failing, ready=READY) == ArchiverState(2, 3.25, "S1", "S2")


def test_server_that_was_not_asked_tells_why() -> None:
    assert ArchiverState.of(None, ready=READY) == ArchiverState(2, 3.25, server_error="the server does not run")
    assert ArchiverState.of(None, ready=READY, server_error="it refused").server_error == "it refused"
