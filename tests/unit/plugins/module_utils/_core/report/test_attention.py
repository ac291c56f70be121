# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_state import ArchiverState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.gap import Gap
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.attention import attention_of
from sample_summary import NOW, backup_ended, sample_summary, window_of

DAY = 86400
BASE = backup_ended(4, "b1")
UNRECORDED = [replace(backup_ended(2, f"b{n}"), type="incremental", parent="b1") for n in (6, 7, 8, 9)]
RECENT = [backup_ended(4, "b1"), backup_ended(2, "b2")]
WINDOWS = [window_of(f"{hour:02}:00", None) for hour in range(5)]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        pytest.param({}, [], id="all is well"),
        pytest.param({"backups": []}, ["there is no backup"], id="no backup"),
        pytest.param({"backups": [backup_ended(50, "b1")]}, ["can be restored is 2 d 2 h old"], id="old"),
        pytest.param(
            {"backups": [backup_ended(50, "b1"), backup_ended(-1, "b2")]},
            ["the newest backup b2 is dated in the future"],
            id="of a wrong clock",
        ),
        pytest.param({"backups": [backup_ended(-0.05, "b1")]}, [], id="clocks differ a little"),
        pytest.param(
            {"backups": [backup_ended(50, "b1"), backup_ended(1, "b2")], "without_wal": ["b2"]},
            ["is 2 d 2 h old", "backups without the WAL that they need: b2"],
            id="a newer one without its WAL",
        ),
        pytest.param(
            {"backups": [backup_ended(1, "b1")], "without_chain": ["b1"]},
            ["none of the backups can be restored", "link in their chain: b1"],
            id="without its parent",
        ),
        pytest.param(
            {"damaged_backups": tuple((f"b{number}", "not JSON") for number in range(5))},
            ["b0 is damaged: not JSON", "b1", "b2", "2 more damaged backups"],
            id="damaged records",
        ),
        pytest.param(
            {"windows": WINDOWS, "gaps": [Gap(f"S{n}", f"S{n}", resumed=n) for n in range(1, 5)]},
            ["WAL S4 is missing", "S3", "S2", "1 more gap in"],
            id="the newest gaps",
        ),
        pytest.param(
            {"windows": WINDOWS, "gaps": [Gap("S1", "S1", resumed=1), Gap("S7", "S9")]},
            ["WAL S7 to S9 are missing: nothing after it can be recovered until the next backup", "WAL S1"],
            id="a gap with no backup behind it comes first",
        ),
        pytest.param(
            {"backups": [BASE, *UNRECORDED]},
            ["b9 has no record of the tables", "b8 has", "b7 has", "1 more doubtful chain"],
            id="chains that may restore wrong data",
        ),
        pytest.param({"archiver": ArchiverState(1, failing_on="S1")}, ["fails on S1"], id="archiving fails"),
    ],
)
def test_attention(known: dict[str, Any], words: list[str]) -> None:
    found = attention_of(sample_summary(**{"backups": RECENT, **known}), max_age_seconds=2 * DAY)

    assert len(found) == len(words), found
    assert all(word in sentence for word, sentence in zip(words, found)), found


def test_age_can_be_left_out() -> None:
    assert attention_of(sample_summary([backup_ended(500, "b1")]), max_age_seconds=0) == []


def test_a_pin_that_seems_forgotten_is_told() -> None:
    pins = (
        Pin("restored to latest", NOW - timedelta(days=31)),
        Pin("for good", NOW - timedelta(days=29)),
        Pin("with an end", NOW - timedelta(days=31), NOW),
    )
    assert attention_of(sample_summary(RECENT, pins={"b1": pins}), max_age_seconds=0) == [
        "backup b1 and all WAL since have been pinned for 31 d: restored to latest"
    ]
