# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.summaries import WalSummaries


def summaries(*ranges: tuple[int, int], reached: int, timeline: int = 1) -> WalSummaries:
    """Summaries of timeline 1 of a server whose summarizer has come to ``reached`` on ``timeline``."""
    found = ((Lsn(start), Lsn(end)) for start, end in ranges)
    return WalSummaries.of(found, timeline=1, summarized=(timeline, Lsn(reached)), is_running=True)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(summaries((10, 20), (20, 30), reached=30), None, id="from before the start to the summarizer"),
        pytest.param(summaries((20, 30), (10, 20), reached=30), None, id="in any order"),
        pytest.param(summaries((10, 20), (10, 30), (25, 30), reached=30), None, id="overlapping"),
        pytest.param(summaries((15, 30), reached=30), None, id="from the start on"),
        pytest.param(summaries(reached=12), None, id="the summarizer has not come to the start yet"),
        pytest.param(summaries((5, 12), reached=12), None, id="the start is still to be summarized"),
        pytest.param(summaries(reached=30), 15, id="all are gone"),
        pytest.param(summaries((16, 30), reached=30), 15, id="the oldest is gone"),
        pytest.param(summaries((10, 20), (25, 30), reached=30), 20, id="one in the middle is gone"),
        pytest.param(summaries((10, 20), reached=30), 20, id="the last is gone"),
        pytest.param(summaries(reached=5, timeline=0), None, id="the summarizer has not come to the timeline yet"),
    ],
)
def test_holes_behind_a_backup_that_begins_at_15(found: WalSummaries, expected: int | None) -> None:
    assert found.hole_after(Lsn(15)) == (None if expected is None else Lsn(expected))
