# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_stats import (
    ArchiverStats,
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


def test_history_files_go_first() -> None:
    assert in_archive_order(["2", "1", "00000002.history"]) == ("00000002.history", "1", "2")
