# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_stats import (
    ArchiverStats,
    ReadyFiles,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.catalogue import build_catalogue
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.catalogue_text import archiver_lines, info_text
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.serialization import (
    archiver_to_dict,
    cluster_to_dict,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory
from sample_backup import sample_backup
from sources import CHECKOUT

NOW = datetime(2026, 9, 15, 13, 30, 5, tzinfo=timezone.utc)
STOP = datetime(2026, 9, 15, 12, 30, 5, tzinfo=timezone.utc)
SIZE = SegmentSize(16 * 1024 * 1024)
BACKUP = sample_backup(
    "20260915T123000Z-full",
    system_identifier="7402983475982734987",
    version=15,
    start_time=STOP - timedelta(seconds=5),
    stop_time=STOP,
    start_lsn=Lsn.parse("0/2000028"),
    stop_lsn=Lsn.parse("0/2000100"),
    segment_size=SIZE,
    size_bytes=2_250_000_000,
    stored_bytes=96_000_000,
    compression="zstd",
)
NAMES = [f"0000000100000000000000{number:02X}" for number in (2, 3, 5)]
CATALOGUE = build_catalogue([BACKUP], wal_names=NAMES, histories={}, segment_size=SIZE)


def test_form_is_the_documented_one() -> None:
    windows = [CATALOGUE.windows[0].until(STOP + timedelta(minutes=1))]
    form = cluster_to_dict(
        "db1",
        system_identifier="7402983475982734987",
        catalogue=CATALOGUE,
        windows=windows,
        pins={BACKUP.label: [Pin("audit", STOP)]},
        segment_count=3,
        now=NOW,
    )
    assert form == {
        "name": "db1",
        "system_identifier": "7402983475982734987",
        "backups": [
            {
                "label": "20260915T123000Z-full",
                "type": "full",
                "parent": None,
                "start_time": "2026-09-15T12:30:00.000000Z",
                "stop_time": "2026-09-15T12:30:05.000000Z",
                "start_lsn": "0/2000028",
                "stop_lsn": "0/2000100",
                "timeline": 1,
                "size_bytes": 2_250_000_000,
                "stored_bytes": 96_000_000,
                "compression": "zstd",
                "version": 15,
                "usable": True,
                "chain": {"full": "20260915T123000Z-full", "links": 1, "stored_bytes": 96_000_000},
                "pins": [{"reason": "audit", "since": "2026-09-15T12:30:05.000000Z", "until": None, "active": True}],
            }
        ],
        "windows": [
            {
                "from": "2026-09-15T12:30:05.000000Z",
                "to": "2026-09-15T12:31:05.000000Z",
                "timeline": 1,
                "from_lsn": "0/2000100",
                "to_lsn": "0/4000000",
                "backup": "20260915T123000Z-full",
                "timeline_path": [{"timeline": 1, "from_lsn": "0/2000100", "to_lsn": "0/4000000"}],
            }
        ],
        "gaps": [
            {
                "first_segment": "000000010000000000000004",
                "last_segment": "000000010000000000000004",
                "count": 1,
                "reason": "missing",
                "lost": {
                    "from": "2026-09-15T12:31:05.000000Z",
                    "to": None,
                    "from_lsn": "0/4000000",
                    "to_lsn": None,
                    "windows": [{"backup": "20260915T123000Z-full", "timeline": 1}],
                },
            }
        ],
        "damaged_backups": [],
        "running_backup": None,
        "archiver": None,
        "summary": {
            "newest_backup": "20260915T123000Z-full",
            "newest_backup_age_seconds": 3600,
            "chain_links": 1,
            "recoverable_from": "2026-09-15T12:30:05.000000Z",
            "recoverable_to": "2026-09-15T12:31:05.000000Z",
            "newest_window": {
                "from": "2026-09-15T12:30:05.000000Z",
                "to": "2026-09-15T12:31:05.000000Z",
                "timeline": 1,
                "backup": "20260915T123000Z-full",
                "to_at_least": "2026-09-15T12:31:05.000000Z",
            },
            "backup_count": 1,
            "window_count": 1,
            "gap_count": 1,
            "stored_bytes": 96_000_000,
            "segment_count": 3,
        },
        "attention": [
            "WAL 000000010000000000000004 is missing: nothing after 2026-09-15 12:31:05Z can be recovered before the "
            "next backup is taken"
        ],
    }


def test_documented_example_has_the_keys_of_the_form() -> None:
    text = (CHECKOUT / "docs" / "json-form.md").read_text(encoding="utf-8")
    (example,) = json.loads(text.partition("```json\n")[2].partition("```")[0])
    form = cluster_to_dict("db1", system_identifier="7", catalogue=CATALOGUE, now=NOW)
    assert example.keys() == form.keys()
    assert example["backups"][0].keys() == form["backups"][0].keys()
    assert example["windows"][0].keys() == form["windows"][0].keys()
    assert example["summary"].keys() == form["summary"].keys()
    assert example["summary"]["newest_window"].keys() == form["summary"]["newest_window"].keys()
    assert example["archiver"].keys() == archiver_to_dict(None, ready=ReadyFiles((), 0.0)).keys()


def test_archiver() -> None:
    stats = ArchiverStats(1, NAMES[0], STOP, 1, NAMES[1], STOP + timedelta(seconds=1))
    assert archiver_to_dict(stats, ready=ReadyFiles((NAMES[1],), 3.14159)) == {
        "ready_count": 1,
        "oldest_ready_seconds": 3.1,
        "last_archived": NAMES[0],
        "failing_on": NAMES[1],
        "server_error": None,
    }
    down = archiver_to_dict(None, ready=ReadyFiles((), 0.0))
    assert (down["last_archived"], down["server_error"]) == (None, "the server does not run")
    assert archiver_lines(down) == ["  archiver  last archived not known, 0 waiting"]
    fresh = archiver_to_dict(ArchiverStats(0, None, None, 0, None, None), ready=ReadyFiles((), 0.0))
    assert archiver_lines(fresh) == ["  archiver  last archived nothing, 0 waiting"]


def test_text_for_people() -> None:
    running = {"label": "20260915T130000Z-full", "phase": "copying", "percent": 40, "stored_bytes": 1024}
    stats = ArchiverStats(1, NAMES[0], STOP, 1, NAMES[1], STOP + timedelta(seconds=1))
    archiver = archiver_to_dict(stats, ready=ReadyFiles((NAMES[1], NAMES[0]), 61.0))
    pins = [Pin("audit", STOP, NOW + timedelta(days=1)), Pin("move", STOP, NOW)]
    form = cluster_to_dict(
        "db1",
        system_identifier="7",
        catalogue=CATALOGUE,
        damaged=[("20260914T000000Z-full", "it is not JSON")],
        pins={BACKUP.label: pins},
        archiver=archiver,
        running=running,
        now=NOW,
    )
    text = info_text([form, form])
    assert text.count("db1  (system identifier 7)") == 2
    assert "running   20260915T130000Z-full: copying, 40 %, 1.00 KiB stored" in text
    assert "2.10 GiB, 91.55 MiB stored" in text
    assert "2026-09-15 12:30:05Z to ? (the time of the last commit is not known)" in text
    assert "  pinned until 2026-09-16 13:30:05Z: audit  was pinned until 2026-09-15 13:30:05Z: move\n" in text
    assert [pin["active"] for pin in form["backups"][0]["pins"]] == [True, False]
    assert "gap       000000010000000000000004 is missing: nothing behind it can be recovered before" in text
    assert f"ATTENTION archiving fails on {NAMES[1]}" in text
    assert "damaged   backup 20260914T000000Z-full: it is not JSON" in text
    assert f"last archived {NAMES[0]}, 2 waiting (for 61 s), FAILING on {NAMES[1]}" in text


def test_text_of_nothing() -> None:
    assert info_text([]) == "The repository has no cluster.\n"
    empty = build_catalogue([], wal_names=[], histories={}, segment_size=SIZE)
    text = info_text([cluster_to_dict("db1", system_identifier="7", catalogue=empty, now=NOW)])
    assert "no backup" in text and "nothing can be recovered" in text


def test_gap_between_two_windows_says_what_is_lost() -> None:
    later = replace(
        BACKUP,
        label="20260915T130000Z-full",
        start_time=STOP + timedelta(minutes=30),
        stop_time=STOP + timedelta(minutes=31),
        start_lsn=Lsn.parse("0/7000028"),
        stop_lsn=Lsn.parse("0/7000100"),
    )
    names = [f"0000000100000000000000{number:02X}" for number in (2, 3, 6, 7)]
    found = build_catalogue([BACKUP, later], wal_names=names, histories={}, segment_size=SIZE)
    windows = [found.windows[0].until(STOP + timedelta(minutes=1)), found.windows[1]]
    form = cluster_to_dict("db1", system_identifier="7", catalogue=found, windows=windows, now=NOW)
    assert form["gaps"] == [
        {
            "first_segment": "000000010000000000000004",
            "last_segment": "000000010000000000000005",
            "count": 2,
            "reason": "missing",
            "lost": {
                "from": "2026-09-15T12:31:05.000000Z",
                "to": "2026-09-15T13:01:05.000000Z",
                "from_lsn": "0/4000000",
                "to_lsn": "0/7000100",
                "windows": [{"backup": BACKUP.label, "timeline": 1}],
            },
        }
    ]
    assert (
        "gap       000000010000000000000004 to 000000010000000000000005 are missing: "
        "nothing after 2026-09-15 12:31:05Z and before 2026-09-15 13:01:05Z can be recovered"
    ) in info_text([form])


def test_path_of_a_window_names_its_timelines() -> None:
    history = TimelineHistory.parse("1\t0/3800000\tno recovery target specified\n", timeline=2)
    names = ["000000010000000000000002", "000000020000000000000003", "000000020000000000000004"]
    found = build_catalogue([BACKUP], wal_names=names, histories={2: history}, segment_size=SIZE)
    form = cluster_to_dict("db1", system_identifier="7", catalogue=found, now=NOW)
    assert form["windows"][0]["timeline_path"] == [
        {"timeline": 1, "from_lsn": "0/2000100", "to_lsn": "0/3800000"},
        {"timeline": 2, "from_lsn": "0/3800000", "to_lsn": "0/5000000"},
    ]
    assert "timeline 1 until 0/3800000, 2  0/2000100 to 0/5000000" in info_text([form])


def test_incremental_backup_shows_its_chain() -> None:
    incremental = replace(
        BACKUP, label="20260915T130000Z-incremental", type="incremental", parent=BACKUP.label, stored_bytes=4_000_000
    )
    whole = build_catalogue([BACKUP, incremental], wal_names=NAMES, histories={}, segment_size=SIZE)
    form = cluster_to_dict("db1", system_identifier="7", catalogue=whole, now=NOW)
    chain = {"full": BACKUP.label, "links": 2, "stored_bytes": 100_000_000}
    assert form["backups"][1]["chain"] == chain and form["backups"][1]["usable"]
    assert f"chain of 2 from {BACKUP.label}" in info_text([form])

    broken = build_catalogue([incremental], wal_names=NAMES, histories={}, segment_size=SIZE)
    form = cluster_to_dict("db1", system_identifier="7", catalogue=broken, now=NOW)
    assert form["backups"][0]["chain"] is None and not form["backups"][0]["usable"] and form["windows"] == []
    assert "NOT USABLE: a link of its chain is missing or damaged" in info_text([form])
