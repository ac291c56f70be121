# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.instant import format_instant
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.summary import (
    archiving_attention,
    archiving_line,
    attention_of,
    report_line,
    summary_of,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn

NOW = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
DAY = 86400


def backup(label: str, *, hours_ago: float, usable: bool = True, links: int = 1, timeline: int = 1) -> dict[str, Any]:
    chain = {"full": "f", "links": links, "stored_bytes": 1} if links else None
    return {
        "label": label,
        "stop_time": format_instant(NOW - timedelta(hours=hours_ago)),
        "stop_lsn": at(12 - hours_ago),
        "timeline": timeline,
        "usable": usable,
        "chain": chain,
        "stored_bytes": 1 << 30,
        "pins": [],
    }


def at(hour: float) -> str:
    """The position of the made-up cluster at an hour of the day."""
    return str(Lsn(max(0, int(hour * 1000))))


def window(start: str, end: str | None, *, timeline: int = 1, backup: str = "b", upto: float = 24) -> dict[str, Any]:
    """From one time of the day to another; ``upto`` is the hour at which its WAL ends."""
    first = f"2026-09-15T{start}:00.000000Z" if len(start) == 5 else f"2026-09-15T{start}Z"
    last = None if end is None else f"2026-09-15T{end}:00.000000Z" if len(end) == 5 else f"2026-09-15T{end}Z"
    part = {"timeline": timeline, "from_lsn": at(float(start[:2])), "to_lsn": at(upto)}
    return {"from": first, "to": last, "timeline": timeline, "backup": backup, "timeline_path": [part]}


def gap(first: str, last: str, since: str | None, until: str | None) -> dict[str, Any]:
    return {"first_segment": first, "last_segment": last, "reason": "missing", "lost": {"from": since, "to": until}}


def archiver(**changes: Any) -> dict[str, Any]:
    state = {"ready_count": 0, "oldest_ready_seconds": 0.0, "last_archived": "S", "failing_on": None}
    return {**state, "server_error": None, **changes}


def form(**changes: Any) -> dict[str, Any]:
    whole = {
        "name": "db1",
        "backups": [backup("b1", hours_ago=4), backup("b2", hours_ago=2, links=3)],
        "windows": [window("08:00", "09:00", upto=9.5), window("10:00", "11:00")],
        "gaps": [],
        "damaged_backups": [],
        "archiver": None,
        **changes,
    }
    return {**whole, "summary": {**summary_of(whole, now=NOW), "segment_count": 1}}


def test_a_pin_that_seems_forgotten_is_told() -> None:
    pins = [
        {"reason": "restored to latest", "since": format_instant(NOW - timedelta(days=31)), "until": None},
        {"reason": "for good", "since": format_instant(NOW - timedelta(days=29)), "until": None},
        {"reason": "with an end", "since": format_instant(NOW - timedelta(days=31)), "until": format_instant(NOW)},
    ]
    whole = form(backups=[{**backup("b1", hours_ago=4), "pins": pins}])
    assert attention_of(whole, now=NOW, max_age_seconds=0) == [
        "backup b1 and all WAL since have been pinned for 31 d: restored to latest"
    ]


def test_line_of_a_cluster() -> None:
    assert report_line(form()) == (
        "db1: newest backup b2, 2 h old, chain of 3; recoverable 2026-09-15 10:00:00Z to 2026-09-15 11:00:00Z, "
        "besides 1 other window; 2 backups of 2.00 GiB, 1 WAL segment"
    )


NEWEST = window("10:00:00.100000", "11:00:00.900000")


@pytest.mark.parametrize(
    ("windows", "words"),
    [
        pytest.param([NEWEST], "10:00:01Z to 2026-09-15 11:00:00Z, no gaps", id="one, by seconds that can be reached"),
        pytest.param([window("08:00", "08:00"), NEWEST], "besides 1 other backup to its own end; ", id="an archive"),
        pytest.param(
            [window("06:00", "06:00"), window("07:00", "07:00"), window("08:00", "09:00"), NEWEST],
            "11:00:00Z, besides 1 other window and 2 other backups to their own ends; ",
            id="archives and a window",
        ),
        pytest.param([window("09:00", None)], "09:00:00Z to at least 2026-09-15 10:00:00Z (the time of", id="at least"),
        pytest.param([window("09:59:59.500000", None)], "from 2026-09-15 10:00:00Z on (the time of", id="a second"),
        pytest.param(
            [window("11:00", None)], "from 2026-09-15 11:00:00Z on (the time of the last commit", id="from on"
        ),
        pytest.param(
            [window("10:00:00.200000", "10:00:00.300000")],
            "10:00:00.200000Z to 2026-09-15 10:00:00.300000Z, no gaps",
            id="less than a second",
        ),
        pytest.param(
            [window("10:00", "10:00")],
            "10:00:00Z, the end of the newest window's backup, with no commit since, no gaps",
            id="one moment",
        ),
        pytest.param([], "nothing can be recovered", id="none"),
    ],
)
def test_line_tells_the_newest_window(windows: list[dict[str, Any]], words: str) -> None:
    whole = form(windows=windows, backups=[backup("b1", hours_ago=4), backup("b2", hours_ago=2)])
    assert words in report_line(whole)


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        pytest.param([], None, id="none"),
        pytest.param([window("08:00", "09:00"), window("10:00", "11:00")], ("10:00", "11:00", "11:00"), id="the last"),
        pytest.param(
            [window("08:00", "11:30"), window("08:00", "11:00", timeline=2)],
            ("08:00", "11:30", "11:30"),
            id="rolled back",
        ),
        pytest.param(
            [window("08:00", "09:00"), window("09:30", None)], ("09:30", None, "10:00"), id="one long transaction"
        ),
        pytest.param(
            [window("08:00", None, upto=8.5), window("10:00", "11:00")], ("10:00", "11:00", "11:00"), id="an old one"
        ),
        pytest.param(
            [window("08:00", "11:00", upto=9), window("08:00", None, timeline=2)],
            ("08:00", None, "08:00"),
            id="a younger timeline",
        ),
        pytest.param(
            [window("08:00", None, upto=9), window("08:00", "09:00", timeline=2)],
            ("08:00", "09:00", "09:00"),
            id="a timeline that was left",
        ),
        pytest.param(
            [window("08:00", None), window("08:00", "09:00", timeline=2)],
            ("08:00", None, "10:00"),
            id="back on the older timeline",
        ),
    ],
)
def test_newest_window(windows: list[dict[str, Any]], expected: tuple[str, str | None, str] | None) -> None:
    backups = [backup("b1", hours_ago=4), backup("b2", hours_ago=2), backup("b3", hours_ago=1, usable=False)]
    summary = form(windows=windows, backups=backups)["summary"]
    found = summary["newest_window"]
    if expected is None:
        assert found is None and summary["recoverable_to"] is None
        return
    assert tuple(found[key] and found[key][11:16] for key in ("from", "to", "to_at_least")) == expected
    assert summary["recoverable_to"] == found["to"] and summary["recoverable_from"] == windows[0]["from"]


def test_line_of_a_cluster_without_backups() -> None:
    assert report_line(form(backups=[], windows=[])) == (
        "db1: no backup that can be restored; nothing can be recovered; no backups of 0 B, 1 WAL segment"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({}, [], id="all is well"),
        pytest.param({"backups": []}, ["there is no backup"], id="no backup"),
        pytest.param({"backups": [backup("b1", hours_ago=50)]}, ["can be restored is 2 d 2 h old"], id="old"),
        pytest.param(
            {"backups": [backup("b1", hours_ago=50), backup("b2", hours_ago=-1)]},
            ["the newest backup b2 is dated in the future"],
            id="of a wrong clock",
        ),
        pytest.param({"backups": [backup("b1", hours_ago=-0.05)]}, [], id="clocks differ a little"),
        pytest.param(
            {"backups": [backup("b1", hours_ago=50), backup("b2", hours_ago=1, usable=False)]},
            ["is 2 d 2 h old", "the WAL that they need is missing: b2"],
            id="a newer one without its WAL",
        ),
        pytest.param(
            {"backups": [backup("b1", hours_ago=1, usable=False, links=0)]},
            ["none of the backups can be restored", "chains is missing or damaged: b1"],
            id="without its parent",
        ),
        pytest.param(
            {"damaged_backups": [{"label": f"b{number}", "reason": "not JSON"} for number in range(5)]},
            ["b0 is damaged: not JSON", "b1", "b2", "2 more backups are damaged"],
            id="damaged records",
        ),
        pytest.param(
            {"gaps": [gap(f"S{n}", f"S{n}", None, f"2026-09-0{n}T00:00:00.000000Z") for n in range(1, 5)]},
            ["WAL S4 is missing", "S3", "S2", "1 more gaps"],
            id="the newest gaps",
        ),
        pytest.param(
            {"gaps": [gap("S1", "S1", None, "2026-09-01T00:00:00.000000Z"), gap("S7", "S9", None, None)]},
            ["WAL S7 to S9 are missing: nothing behind it can be recovered before the next backup", "WAL S1"],
            id="a gap with no backup behind it comes first",
        ),
        pytest.param({"archiver": archiver(failing_on="S1", ready_count=1)}, ["fails on S1"], id="failing"),
        pytest.param(
            {"archiver": archiver(ready_count=7, oldest_ready_seconds=7200.0)},
            ["7 WAL files waiting to be archived, the oldest for 2 h"],
            id="waiting",
        ),
        pytest.param({"archiver": archiver(ready_count=7, oldest_ready_seconds=20.0)}, [], id="waiting shortly"),
        pytest.param(
            {"archiver": archiver(server_error="no server", ready_count=1, oldest_ready_seconds=7200.0)},
            ["no server", "1 WAL file waiting"],
            id="the server is down",
        ),
    ],
)
def test_attention(changes: dict[str, Any], words: list[str]) -> None:
    found = attention_of(form(**changes), now=NOW, max_age_seconds=2 * DAY)
    assert len(found) == len(words), found
    assert all(word in sentence for word, sentence in zip(words, found)), found


def test_age_can_be_left_out() -> None:
    assert attention_of(form(backups=[backup("b1", hours_ago=500)]), now=NOW, max_age_seconds=0) == []


def test_archiving() -> None:
    assert archiving_line(archiver(), lag_bytes=4096) == "last archived S, none waiting, 4.00 KiB behind"
    down = archiver(last_archived=None, ready_count=2, server_error="the server does not run")
    assert archiving_line(down, lag_bytes=None) == "last archived not known, 2 waiting"
    assert archiving_line(archiver(last_archived=None), lag_bytes=None) == "last archived nothing, none waiting"
    assert archiving_attention(archiver(), is_active=True) == []
    assert "does not archive" in archiving_attention(archiver(failing_on="S"), is_active=False)[0]
    assert archiving_attention(down, is_active=None) == ["the server does not run"]
