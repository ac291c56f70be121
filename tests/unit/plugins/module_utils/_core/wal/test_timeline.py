# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory

SIZE = SegmentSize(16 * 1024 * 1024)
TEXT = "1\t0/5000000\tno recovery target specified\n\n2\t0/7000100\tbefore transaction 745\n"


def test_history_survives_the_round_trip() -> None:
    history = TimelineHistory.parse(TEXT, timeline=3)
    assert TimelineHistory.parse(str(history), timeline=3) == history
    assert [(switch.timeline, str(switch.lsn)) for switch in history.ancestors] == [(1, "0/5000000"), (2, "0/7000100")]
    assert history.ancestors[1].reason == "before transaction 745"
    assert history.file_name == "00000003.history"


@pytest.mark.parametrize(
    ("lsn", "timeline"),
    [
        pytest.param("0/4FFFFFF", 1, id="before the first switch"),
        pytest.param("0/5000000", 2, id="at the first switch"),
        pytest.param("0/7000100", 3, id="at the second switch"),
        pytest.param("1/0", 3, id="far behind"),
    ],
)
def test_timeline_at_a_position(lsn: str, timeline: int) -> None:
    assert TimelineHistory.parse(TEXT, timeline=3).timeline_at(Lsn.parse(lsn)) == timeline


@pytest.mark.parametrize(
    ("number", "name"),
    [
        pytest.param(4, "000000010000000000000004", id="before the switch"),
        pytest.param(5, "000000020000000000000005", id="switch on a border"),
        pytest.param(6, "000000020000000000000006", id="between the switches"),
        pytest.param(7, "000000030000000000000007", id="segment with a switch is read from the newer timeline"),
    ],
)
def test_segment_that_recovery_reads(number: int, name: str) -> None:
    assert str(TimelineHistory.parse(TEXT, timeline=3).segment_at(number, size=SIZE)) == name


def test_position_behind_the_fork_is_not_reached_from_the_ancestor() -> None:
    history = TimelineHistory.parse(TEXT, timeline=3)
    assert history.reaches(Lsn.parse("0/5000000"), timeline=1)
    assert not history.reaches(Lsn.parse("0/5000001"), timeline=1)
    assert history.reaches(Lsn.parse("9/0"), timeline=3)
    assert not history.reaches(Lsn.parse("0/1"), timeline=4)
    assert history.contains(2) and not history.contains(4)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x\t0/5000000\n", id="no number"),
        pytest.param("1\n", id="no position"),
        pytest.param("1\t5000000\n", id="no lsn"),
        pytest.param("3\t0/5000000\n", id="itself as ancestor"),
        pytest.param("2\t0/5\n1\t0/6\n", id="out of order"),
        pytest.param("1\t0/6\n2\t0/5\n", id="back to an earlier position"),
        pytest.param("0\t0/5\n", id="timeline 0"),
        pytest.param("-1\t0/5\n", id="a sign"),
        pytest.param("\u0661\t0/5\n", id="digits of another script"),
        pytest.param("9" * 5000 + "\t0/5\n", id="too many digits"),
        pytest.param("1\t0/123456789\n", id="beyond 64 bits"),
    ],
)
def test_damaged_history_is_refused(text: str) -> None:
    with pytest.raises(Damaged) as caught:
        TimelineHistory.parse(text, timeline=3)
    assert caught.value.code == "history-damaged"


def test_comments_and_empty_lines_are_passed_over() -> None:
    assert TimelineHistory.parse("# a comment\n\n", timeline=2) == TimelineHistory(2)
