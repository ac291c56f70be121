# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_state import ArchiverState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.catalogue import Catalogue, build_catalogue
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.running_backup import RunningBackup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.window import Window
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.archiver_form import archiver_to_dict
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.attention import attention_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.catalogue_text import info_text
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.cluster_summary import ClusterSummary
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.serialization import cluster_to_dict
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


def summary(
    catalogue: Catalogue = CATALOGUE, *, windows: Sequence[Window] | None = None, **known: Any
) -> ClusterSummary:
    """The summary with its attention."""
    timed = catalogue if windows is None else replace(catalogue, windows=tuple(windows))
    found = ClusterSummary("db1", "7402983475982734987", timed, NOW, **known)
    return replace(found, attention=tuple(attention_of(found, max_age_seconds=86400)))


def test_form_is_the_documented_one() -> None:
    windows = [CATALOGUE.windows[0].until(STOP + timedelta(minutes=1))]
    pins = {BACKUP.label: (Pin("audit", STOP),)}
    form = cluster_to_dict(summary(windows=windows, pins=pins, segment_count=3))
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
            "WAL 000000010000000000000004 is missing: nothing after 2026-09-15 12:31:05Z can be recovered until the "
            "next backup is taken"
        ],
    }


def test_documented_example_has_the_keys_of_the_form() -> None:
    text = (CHECKOUT / "docs" / "json-form.md").read_text(encoding="utf-8")
    (example,) = json.loads(text.partition("```json\n")[2].partition("```")[0])
    form = cluster_to_dict(summary())
    assert example.keys() == form.keys()
    assert example["backups"][0].keys() == form["backups"][0].keys()
    assert example["windows"][0].keys() == form["windows"][0].keys()
    assert example["summary"].keys() == form["summary"].keys()
    assert example["summary"]["newest_window"].keys() == form["summary"]["newest_window"].keys()
    assert example["archiver"].keys() == archiver_to_dict(ArchiverState()).keys()


def test_running_backup_and_damaged_ones() -> None:
    running = RunningBackup("20260915T130000Z-full", "2026-09-15T13:00:00.000000Z", "copying", 40, 4, 10, 1024)
    form = cluster_to_dict(summary(running_backup=running, damaged_backups=(("b1", "it is not JSON"),)))
    assert form["running_backup"] == {
        "label": "20260915T130000Z-full",
        "since": "2026-09-15T13:00:00.000000Z",
        "phase": "copying",
        "percent": 40,
        "done_bytes": 4,
        "total_bytes": 10,
        "stored_bytes": 1024,
    }
    assert form["damaged_backups"] == [{"label": "b1", "reason": "it is not JSON"}]


def test_pin_whose_time_is_over_is_not_active() -> None:
    pins = (Pin("audit", STOP, NOW + timedelta(days=1)), Pin("move", STOP, NOW))
    form = cluster_to_dict(summary(pins={BACKUP.label: pins}))
    assert [pin["active"] for pin in form["backups"][0]["pins"]] == [True, False]


def test_cluster_without_anything() -> None:
    empty = build_catalogue([], wal_names=[], histories={}, segment_size=SIZE)
    glance = cluster_to_dict(summary(empty))["summary"]
    assert {key for key, value in glance.items() if value is None} == {
        "newest_backup",
        "newest_backup_age_seconds",
        "chain_links",
        "recoverable_from",
        "recoverable_to",
        "newest_window",
    }


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
    cluster = summary(found, windows=[found.windows[0].until(STOP + timedelta(minutes=1)), found.windows[1]])
    assert cluster_to_dict(cluster)["gaps"] == [
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
    ) in info_text([cluster])


def test_path_of_a_window_names_its_timelines() -> None:
    history = TimelineHistory.parse("1\t0/3800000\tno recovery target specified\n", timeline=2)
    names = ["000000010000000000000002", "000000020000000000000003", "000000020000000000000004"]
    found = build_catalogue([BACKUP], wal_names=names, histories={2: history}, segment_size=SIZE)
    cluster = summary(found)
    assert cluster_to_dict(cluster)["windows"][0]["timeline_path"] == [
        {"timeline": 1, "from_lsn": "0/2000100", "to_lsn": "0/3800000"},
        {"timeline": 2, "from_lsn": "0/3800000", "to_lsn": "0/5000000"},
    ]
    assert "timeline 1 until 0/3800000, 2  0/2000100 to 0/5000000" in info_text([cluster])


def test_incremental_backup_shows_its_chain() -> None:
    incremental = replace(
        BACKUP, label="20260915T130000Z-incremental", type="incremental", parent=BACKUP.label, stored_bytes=4_000_000
    )
    whole = summary(build_catalogue([BACKUP, incremental], wal_names=NAMES, histories={}, segment_size=SIZE))
    form = cluster_to_dict(whole)
    chain = {"full": BACKUP.label, "links": 2, "stored_bytes": 100_000_000}
    assert form["backups"][1]["chain"] == chain and form["backups"][1]["usable"]
    assert f"chain of 2 from {BACKUP.label}" in info_text([whole])

    broken = summary(build_catalogue([incremental], wal_names=NAMES, histories={}, segment_size=SIZE))
    form = cluster_to_dict(broken)
    assert form["backups"][0]["chain"] is None and not form["backups"][0]["usable"] and form["windows"] == []
    assert "NOT USABLE: a link of its chain is missing or damaged" in info_text([broken])
