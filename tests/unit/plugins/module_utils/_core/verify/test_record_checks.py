# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.file_table import FileTable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest import Manifest, ManifestFile, WalRange
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.record_checks import (
    check_label,
    check_listing,
    check_manifest,
    check_record,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from sample_backup import sample_backup

FULL = sample_backup(
    "20261122T000000Z-full",
    start_lsn=Lsn.parse("0/2000028"),
    stop_lsn=Lsn.parse("0/2000100"),
    size_bytes=30,
    stored_bytes=12,
    compression="zstd",
    files=("base.tar.zst", "16400.tar.zst", "backup_manifest"),
    tablespaces={16400: "/srv/ts"},
)
NEXT = replace(
    FULL,
    label="20261123T000000Z-incremental",
    type="incremental",
    parent=FULL.label,
    start_lsn=Lsn.parse("0/5000028"),
    stop_lsn=Lsn.parse("0/5000100"),
)
SIZES = {"base.tar.zst": 5, "16400.tar.zst": 4, "backup_manifest": 3, "backup.json": 900, "pinned.json": 1}
LABEL = """\
START WAL LOCATION: {start} (file 000000010000000000000005)
CHECKPOINT LOCATION: 0/5000080
BACKUP METHOD: streamed
BACKUP FROM: primary
START TIME: 2026-11-23 00:00:00 UTC
LABEL: x
START TIMELINE: 1
INCREMENTAL FROM LSN: {former}
INCREMENTAL FROM TLI: 1
"""


def files_of(size_bytes: int) -> FileTable[ManifestFile]:
    """The files of a manifest that has one."""
    files = FileTable(lambda size, checksum: ManifestFile(size, "", checksum))
    files.add("a", ManifestFile(size_bytes))
    return files


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="whole"),
        pytest.param({"system_identifier": "8"}, ["belongs to the cluster with system identifier 8"], id="foreign"),
        pytest.param(
            {"files": ("16400.tar.zst", "backup_manifest")},
            ["does not list 'base.tar.zst'"],
            id="no archive of the cluster",
        ),
        pytest.param(
            {"files": ("base.tar.zst", "backup_manifest")}, ["does not list '16400.tar.zst'"], id="none of a tablespace"
        ),
        pytest.param(
            {"files": ("base.tar.zst", "16400.tar.zst")}, ["does not list 'backup_manifest'"], id="none of a manifest"
        ),
        pytest.param(
            {"tablespaces": {}}, ["has no location for the tablespace of '16400.tar.zst'"], id="none of a location"
        ),
        pytest.param(
            {"compression": "none"}, ["does not list 'base.tar'", "does not list '16400.tar'"], id="other archives"
        ),
    ],
)
def test_record(changes: Mapping[str, Any], expected: list[str]) -> None:
    record = replace(FULL, **changes)
    found = list(check_record(record, system_identifiers=["7"], by_label={record.label: record}))

    assert [each.message.partition("' ")[2] for each in found] == expected
    assert {each.code for each in found} <= {"backup-record-differs"}
    assert {each.backup for each in found} <= {FULL.label}


@pytest.mark.parametrize(
    ("backups", "says"),
    [
        pytest.param([FULL, NEXT], None, id="whole"),
        pytest.param([NEXT], f"builds on '{FULL.label}', which is not in the repository", id="no parent"),
        pytest.param(
            [replace(FULL, system_identifier="8"), NEXT], "which is of system identifier 8", id="a foreign one"
        ),
        pytest.param([replace(FULL, start_lsn=NEXT.start_lsn), NEXT], "begins at 0/5000028", id="a later one"),
    ],
)
def test_parent(backups: list[Backup], says: str | None) -> None:
    found = list(check_record(NEXT, system_identifiers=["7"], by_label={each.label: each for each in backups}))

    assert [each.code for each in found] == (["chain-broken"] if says else [])
    assert says is None or says in found[0].message


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="whole"),
        pytest.param({"base.tar.zst": None}, [("archive-missing", "base.tar.zst")], id="a missing archive"),
        pytest.param({"backup_manifest": None}, [("manifest-missing", "backup_manifest")], id="a missing manifest"),
        pytest.param({"base.tar.zst": 6}, [("backup-record-differs", "backup.json")], id="another size"),
        pytest.param({"9.tar.zst": 6}, [("backup-record-differs", "9.tar.zst")], id="an archive too much"),
        pytest.param({"notes.txt": 6}, [], id="what is no archive does not matter"),
    ],
)
def test_listing(changes: Mapping[str, int | None], expected: list[tuple[str, str]]) -> None:
    sizes = {name: size for name, size in {**SIZES, **changes}.items() if size is not None}

    assert [(each.code, each.file) for each in check_listing(FULL, sizes)] == expected


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({}, None, id="whole"),
        pytest.param({"system_identifier": None}, None, id="an old manifest does not say whose it is"),
        pytest.param({"system_identifier": "8"}, "has system identifier 8, but its record has 7", id="foreign"),
        pytest.param({"files": files_of(29)}, "has size in bytes 29, but its record has 30", id="other files"),
        pytest.param(
            {"wal_ranges": (WalRange(1, FULL.start_lsn, NEXT.stop_lsn),)},
            "has end of WAL 0/5000100, but its record has 0/2000100",
            id="another backup's",
        ),
    ],
)
def test_manifest(changes: Mapping[str, Any], says: str | None) -> None:
    whole = Manifest(2, files_of(30), (WalRange(1, FULL.start_lsn, FULL.stop_lsn),), "7")
    found = [each.message for each in check_manifest(FULL, replace(whole, **changes))]

    assert len(found) == (1 if says else 0)
    assert says is None or says in found[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(LABEL.format(start="0/5000028", former="0/2000028"), None, id="whole"),
        pytest.param(LABEL.format(start="0/5000028", former="0/3000028"), "chain-broken", id="of another parent"),
        pytest.param(LABEL.format(start="0/6000028", former="0/2000028"), "backup-record-differs", id="another start"),
        pytest.param("START", "backup-label-damaged", id="no label"),
    ],
)
def test_label(text: str, code: str | None) -> None:
    found = list(check_label(NEXT, text, parent=FULL, file="base.tar.zst"))

    assert [each.code for each in found] == ([code] if code else [])
