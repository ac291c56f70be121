# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiver_stats import ArchiverStats, ReadyFiles
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue import build_catalogue
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.info_form import archiver_form, cluster_form
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.info_text import info_text
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.segment import SegmentSize

STOP = datetime(2026, 9, 15, 12, 30, 5, tzinfo=timezone.utc)
SIZE = SegmentSize(16 * 1024 * 1024)
BACKUP = Backup(
    label="20260915T123000Z-full",
    type="full",
    parent=None,
    cluster="db1",
    system_identifier="7402983475982734987",
    version=15,
    version_num=150018,
    start_time=STOP - timedelta(seconds=5),
    stop_time=STOP,
    start_lsn=Lsn.parse("0/2000028"),
    stop_lsn=Lsn.parse("0/2000100"),
    timeline=1,
    segment_size=SIZE,
    size_bytes=2_250_000_000,
    stored_bytes=96_000_000,
    compression="zstd",
    files=(),
    pgfleet_version="0.1.0",
)
NAMES = [f"0000000100000000000000{number:02X}" for number in (2, 3, 5)]
CATALOGUE = build_catalogue([BACKUP], wal_names=NAMES, histories={}, segment_size=SIZE)


def test_form_is_the_documented_one() -> None:
    windows = [CATALOGUE.windows[0].until(STOP + timedelta(minutes=1))]
    form = cluster_form("db1", system_identifier="7402983475982734987", catalogue=CATALOGUE, windows=windows)
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
            }
        ],
        "gaps": [{"first_segment": "000000010000000000000004", "last_segment": "000000010000000000000004"}],
        "damaged_backups": [],
        "running_backup": None,
        "archiver": None,
    }


def test_documented_example_has_the_keys_of_the_form() -> None:
    text = (Path(__file__).parents[5] / "docs" / "json-form.md").read_text(encoding="utf-8")
    (example,) = json.loads(text.partition("```json\n")[2].partition("```")[0])
    form = cluster_form("db1", system_identifier="7", catalogue=CATALOGUE)
    assert example.keys() == form.keys()
    assert example["backups"][0].keys() == form["backups"][0].keys()
    assert example["windows"][0].keys() == form["windows"][0].keys()
    assert example["archiver"].keys() == archiver_form(None, ready=ReadyFiles((), 0.0)).keys()


def test_archiver() -> None:
    stats = ArchiverStats(1, NAMES[0], STOP, 1, NAMES[1], STOP + timedelta(seconds=1))
    assert archiver_form(stats, ready=ReadyFiles((NAMES[1],), 3.14159)) == {
        "ready_count": 1,
        "oldest_ready_seconds": 3.1,
        "last_archived": NAMES[0],
        "failing_on": NAMES[1],
    }
    assert archiver_form(None, ready=ReadyFiles((), 0.0))["last_archived"] is None


def test_text_for_people() -> None:
    running = {"label": "20260915T130000Z-full", "phase": "copying", "percent": 40, "stored_bytes": 1024}
    archiver = {"ready_count": 2, "oldest_ready_seconds": 61.0, "last_archived": NAMES[0], "failing_on": NAMES[1]}
    form = cluster_form(
        "db1",
        system_identifier="7",
        catalogue=CATALOGUE,
        damaged=[("20260914T000000Z-full", "it is not JSON")],
        archiver=archiver,
        running=running,
    )
    text = info_text([form, form])
    assert text.count("db1  (system identifier 7)") == 2
    assert "running   20260915T130000Z-full: copying, 40 %, 1.00 KiB stored" in text
    assert "2.10 GiB, 91.55 MiB stored" in text
    assert "2026-09-15 12:30:05Z to ?" in text
    assert "gap       000000010000000000000004 to 000000010000000000000004 is missing" in text
    assert "damaged   backup 20260914T000000Z-full: it is not JSON" in text
    assert f"last archived {NAMES[0]}, 2 waiting (for 61 s), FAILING on {NAMES[1]}" in text


def test_text_of_nothing() -> None:
    assert info_text([]) == "The repository has no cluster.\n"
    empty = build_catalogue([], wal_names=[], histories={}, segment_size=SIZE)
    text = info_text([cluster_form("db1", system_identifier="7", catalogue=empty)])
    assert "no backup" in text and "nothing can be recovered" in text
