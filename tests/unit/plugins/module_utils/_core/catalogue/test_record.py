# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import (
    Backup,
    is_backup_label,
    new_label,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.relation_layout import RelationLayout
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import tar_suffix
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize

STOP = datetime(2026, 9, 15, 12, 30, 5, 123456, tzinfo=timezone.utc)
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
    stop_lsn=Lsn.parse("0/3000000"),
    timeline=1,
    segment_size=SegmentSize(16 * 1024 * 1024),
    size_bytes=2_250_000_000,
    stored_bytes=290_000_000,
    compression="zstd",
    files=("base.tar.zst", "16385.tar.zst", "backup_manifest"),
    pgfleet_version="0.1.0",
    tablespaces={16385: "/srv/a 'quoted' place"},
    settings={"max_connections": 100},
)


@pytest.mark.parametrize(
    "backup",
    [
        pytest.param(BACKUP, id="with a tablespace"),
        pytest.param(replace(BACKUP, tablespaces={}, wal_directory="/wal/15 main"), id="with a linked pg_wal"),
        pytest.param(
            replace(
                BACKUP,
                files=("base.tar.zst.age", "16385.tar.zst.age", "backup_manifest"),
                is_encrypted=True,
                digests={"base.tar.zst.age": "0a" * 32},
                origin_digest="0b" * 32,
                relation_layout=RelationLayout(8192, 131072),
            ),
            id="encrypted",
        ),
        pytest.param(replace(BACKUP, type="incremental", parent="20260914T000000Z-full"), id="incremental"),
    ],
)
def test_record_survives_the_round_trip(backup: Backup) -> None:
    assert Backup.parse(str(backup)) == backup


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(str(BACKUP)[:200], id="cut off"),
        pytest.param("[]", id="another document"),
        pytest.param(json.dumps({**json.loads(str(BACKUP)), "format": 2}), id="of a later format"),
        pytest.param(json.dumps({**json.loads(str(BACKUP)), "start_lsn": "x"}), id="with a wrong position"),
        pytest.param(json.dumps({**json.loads(str(BACKUP)), "tablespaces": None}), id="without tablespaces"),
    ],
)
def test_a_text_that_is_no_record_is_damaged(text: str) -> None:
    with pytest.raises(Damaged) as caught:
        Backup.parse(text)
    assert caught.value.code == "backup-record-damaged"


def test_segments_that_the_backup_needs() -> None:
    assert str(BACKUP.first_segment) == "000000010000000000000002"
    assert str(BACKUP.last_segment) == "000000010000000000000002"
    assert str(replace(BACKUP, stop_lsn=Lsn.parse("0/3000001")).last_segment) == "000000010000000000000003"


def test_label_is_in_utc() -> None:
    moment = datetime(2026, 9, 15, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert new_label(moment, backup_type="full") == "20260914T233000Z-full"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("20260914T233000Z-full", True, id="full"),
        pytest.param("20260914T233000Z-incremental", True, id="incremental"),
        pytest.param(".tmp-20260914T233000Z-full", False, id="being written"),
        pytest.param("lost+found", False, id="something else"),
    ],
)
def test_names_of_backup_directories(name: str, *, expected: bool) -> None:
    assert is_backup_label(name) is expected


@pytest.mark.parametrize(
    ("compression", "suffix"), [("zstd", ".tar.zst"), ("lz4", ".tar.lz4"), ("gzip", ".tar.gz"), ("none", ".tar")]
)
def test_archive_suffix(compression: str, suffix: str) -> None:
    assert tar_suffix(compression) == suffix
    assert replace(BACKUP, compression=compression).tar_suffix == suffix


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("label", "../20260915T123000Z-full"),
        ("label", ["20260915T123000Z-full"]),
        ("type", "differential"),
        ("parent", "../../other"),
        ("cluster", "db1\x1b[2J"),
        ("system_identifier", 7402983475982734987),
        ("system_identifier", "7x"),
        ("version", "15"),
        ("version_num", -1),
        ("start_time", "0001-01-01T00:00:00.000000Z"),
        ("stop_time", 5),
        ("start_lsn", "123456789/0"),
        ("stop_lsn", None),
        ("timeline", 0),
        ("timeline", 1 << 32),
        ("timeline", True),
        ("segment_size_bytes", 0),
        ("segment_size_bytes", 3 << 20),
        ("size_bytes", -1),
        ("stored_bytes", 1.5),
        ("compression", "xz"),
        ("archive_format", "cpio"),
        ("data_checksums", "no"),
        ("wal_directory", "wal"),
        ("wal_directory", "/srv/../etc"),
        ("tablespaces", {"16385": "relative"}),
        ("tablespaces", {"16385": "/srv/../etc"}),
        ("tablespaces", {"16385": "/"}),
        ("tablespaces", {"16385": "/srv/a\0b"}),
        ("tablespaces", {"0": "/srv/a"}),
        ("tablespaces", {"../x": "/srv/a"}),
        ("tablespaces", {"1": "/srv/a", "2": "/srv/a/"}),
        ("settings", {"max connections": 1}),
        ("settings", {"max_connections": "100"}),
        ("files", ["../base.tar.zst"]),
        ("files", ["/etc/passwd"]),
        ("files", ["base.tar.zst\n"]),
        ("files", ["base.tar"]),
        ("files", ["etc.tar.zst"]),
        ("files", ["base.tar.zst", "base.tar.zst"]),
        ("files", "base.tar.zst"),
        ("files", ["base.tar.zst.age"]),
        ("encryption", "gpg"),
        ("encryption", True),
        ("encryption", "age"),
        ("digests", {"../x": "0a"}),
        ("digests", {"base.tar.zst": 1}),
        ("digests", ["base.tar.zst"]),
        ("origin_digest", ""),
        ("relation_layout", 8192),
        ("relation_layout", {"block_size_bytes": 8192}),
        ("relation_layout", {"block_size_bytes": 8000, "segment_blocks": 131072}),
        ("origin_digest", "0A" * 32),
        ("origin_digest", ["0a" * 32]),
        ("truncations", [[1, 2, 3]]),
        ("truncations", [[1, 2, 3, -4]]),
        ("truncations", {"a": 1}),
    ],
)
def test_a_record_with_a_value_that_no_backup_has_is_damaged(key: str, value: Any) -> None:
    with pytest.raises(Damaged) as caught:
        Backup.parse(json.dumps({**json.loads(str(BACKUP)), key: value}))
    assert caught.value.code == "backup-record-damaged"
    assert len(caught.value.message) < 400


def test_locations_are_read_as_postgresql_uses_them() -> None:
    text = json.dumps({**json.loads(str(BACKUP)), "tablespaces": {"16385": "/srv//ts/./a/"}})
    assert Backup.parse(text).tablespaces == {16385: "/srv/ts/a"}
