# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_stats import (
    ArchiverStats,
    ReadyFiles,
    in_archive_order,
)


def _at(second: int) -> datetime:
    return datetime(2026, 9, 15, 12, 0, second, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("archived", "failed", "failing_on"),
    [
        pytest.param(None, None, None, id="nothing yet"),
        pytest.param(_at(1), None, None, id="never failed"),
        pytest.param(_at(2), _at(1), None, id="failed once, then archived"),
        pytest.param(_at(1), _at(2), "F", id="fails"),
        pytest.param(None, _at(2), "F", id="never archived"),
    ],
)
def test_archiver_fails_while_the_last_failure_has_no_success_after_it(
    archived: datetime | None, failed: datetime | None, failing_on: str | None
) -> None:
    stats = ArchiverStats(1, "A" if archived else None, archived, 1, "F" if failed else None, failed)

    assert stats.failing_on == failing_on


def test_ready_files_are_counted_and_aged() -> None:
    ready = ReadyFiles.of({"B.ready": 90.0, "A.ready": 40.0, "C.done": 1.0}, now_seconds=100.0)

    assert (ready.names, ready.count, ready.oldest_seconds) == (("A", "B"), 2, 60.0)


def test_clock_that_was_set_back_gives_no_negative_age() -> None:
    assert ReadyFiles.of({"A.ready": 200.0}, now_seconds=100.0).oldest_seconds == 0.0


def test_history_files_go_first() -> None:
    assert in_archive_order(["2", "1", "00000002.history"]) == ("00000002.history", "1", "2")
