# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.gap import Gap
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.window import Window
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.report_line import report_line
from sample_summary import backup_ended, sample_summary, window_of

BACKUPS = [backup_ended(4, "b1"), backup_ended(2, "b2")]
NEWEST = window_of("10:00:00.100000", "11:00:00.900000")


def test_line_of_a_cluster() -> None:
    windows = [window_of("08:00", "09:00", upto=9.5), window_of("10:00", "11:00")]
    assert report_line(sample_summary(BACKUPS, windows, links={"b2": 3})) == (
        "db1: newest backup b2, 2 h old, chain of 3; recoverable 2026-09-15 10:00:00Z to 2026-09-15 11:00:00Z, "
        "besides 1 other window; 2 backups of 2.00 GiB, 1 WAL segment"
    )


@pytest.mark.parametrize(
    ("windows", "words"),
    [
        pytest.param([NEWEST], "10:00:01Z to 2026-09-15 11:00:00Z, no gaps", id="one, by seconds that can be reached"),
        pytest.param([window_of("08:00", "08:00"), NEWEST], "besides 1 other backup to its end; ", id="an archive"),
        pytest.param(
            [window_of("06:00", "06:00"), window_of("07:00", "07:00"), window_of("08:00", "09:00"), NEWEST],
            "11:00:00Z, besides 1 other window and 2 other backups to their ends; ",
            id="archives and a window",
        ),
        pytest.param([window_of("09:00", None)], "09:00:00Z to at least 2026-09-15 10:00:00Z (the time", id="at least"),
        pytest.param([window_of("09:59:59.500", None)], "from 2026-09-15 10:00:00Z on (the time of", id="a second"),
        pytest.param([window_of("11:00", None)], "from 2026-09-15 11:00:00Z on (the time of the last", id="from on"),
        pytest.param(
            [window_of("10:00:00.200", "10:00:00.300")],
            "10:00:00.200000Z to 2026-09-15 10:00:00.300000Z, no gaps",
            id="less than a second",
        ),
        pytest.param(
            [window_of("10:00", "10:00")],
            "10:00:00Z, the end of the newest window's backup, with no commit since, no gaps",
            id="one moment",
        ),
        pytest.param([], "nothing can be recovered", id="none"),
    ],
)
def test_line_tells_the_newest_window(windows: list[Window], words: str) -> None:
    assert words in report_line(sample_summary(BACKUPS, windows))


def test_gap_between_windows_is_counted() -> None:
    windows = [window_of("08:00", "09:00"), NEWEST]
    line = report_line(sample_summary(BACKUPS, windows, gaps=[Gap("S1", "S2")]))
    assert "besides 1 other window, 1 gap; " in line


def test_line_of_a_cluster_without_backups() -> None:
    assert report_line(sample_summary(segment_count=0)) == (
        "db1: no backup that can be restored; nothing can be recovered; no backups of 0 B, no WAL segments"
    )
