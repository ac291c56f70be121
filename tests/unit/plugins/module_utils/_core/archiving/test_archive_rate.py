# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_rate import ArchiveRate, archive_rate
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_status import ArchiveStatus


def status_of(*times: tuple[float, float | None]) -> ArchiveStatus:
    """Segments by when they were finished and archived; ``None``: they wait."""
    return ArchiveStatus.of(
        (
            f"0000000100000000000000{number:02X}.{'ready' if archived is None else 'done'}",
            finished,
            archived or finished,
        )
        for number, (finished, archived) in enumerate(times)
    )


@pytest.mark.parametrize(
    ("status", "finished", "archived"),
    [
        pytest.param(status_of(), None, None, id="nothing is left"),
        pytest.param(status_of((990.0, 991.0)), None, None, id="one only says since when all are known"),
        pytest.param(status_of((990, 995), (992, 996), (998, 999)), 0.2, 0.4, id="since the first of those left"),
        pytest.param(status_of((600, 601), (800, 801), (900, None)), 2 / 300, 1 / 300, id="within five minutes"),
        pytest.param(status_of((100, 101), (200, 201)), 0.0, 0.0, id="long ago"),
        pytest.param(status_of((980, None), (990, None)), 0.05, None, id="none is archived"),
        pytest.param(status_of((980, 980), (990, 990)), 0.05, None, id="streamed by a standby"),
        pytest.param(status_of((2000, 2001), (2002, 2003)), None, None, id="the clock was ahead"),
    ],
)
def test_rates_of_late(status: ArchiveStatus, finished: float | None, archived: float | None) -> None:
    assert archive_rate(status, now_seconds=1000.0) == ArchiveRate(
        None if finished is None else pytest.approx(finished), None if archived is None else pytest.approx(archived)
    )


def test_other_files_are_not_counted() -> None:
    status = ArchiveStatus.of([("00000002.history.done", 990, 991), ("00000003.history.done", 992, 993)])

    assert archive_rate(status, now_seconds=1000.0) == ArchiveRate(None, None)
