# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading backup manifests."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest import (
    Manifest,
    read_manifest,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from manifest_text import BODY, FIXTURE, FOUND, sealed


def test_version_1() -> None:
    manifest = Manifest.parse(FIXTURE.read_text(encoding="utf-8"))
    assert manifest.version == 1
    assert manifest.system_identifier is None
    assert list(manifest.files) == list(FOUND)
    assert manifest.size_bytes == 8419
    (wal,) = manifest.wal_ranges
    assert (wal.timeline, str(wal.start), str(wal.end)) == (1, "0/2000028", "0/2000100")


def test_version_2_has_the_system_identifier() -> None:
    body = BODY.replace('Version": 1,', 'Version": 2,\n"System-Identifier": 7402983475982734987,')
    assert Manifest.parse(sealed(body)).system_identifier == "7402983475982734987"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(sealed(BODY)[:300], id="cut off"),
        pytest.param(sealed(BODY).replace("8192", "8193"), id="changed"),
        pytest.param(sealed(BODY.replace('Version": 1', 'Version": 3')), id="of a later version"),
        pytest.param(sealed(BODY.replace('"Size": 227', '"Bytes": 227')), id="without a size"),
        pytest.param(sealed("not json"), id="not JSON"),
    ],
)
def test_a_damaged_manifest(text: str) -> None:
    with pytest.raises(Damaged) as caught:
        Manifest.parse(text)
    assert caught.value.code == "manifest-damaged"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("global/pg_control", "../pg_control", id="a path that leads outside"),
        pytest.param("global/pg_control", "/etc/passwd", id="an absolute path"),
        pytest.param("global/pg_control", "global//pg_control", id="a path that is not normal"),
        pytest.param("global/pg_control", "backup_label", id="a file twice"),
        pytest.param('"Size": 8192', '"Size": -1', id="a negative size"),
        pytest.param('"Size": 8192', '"Size": true', id="a boolean as size"),
        pytest.param('"Size": 8192', '"Size": 1e3', id="a fraction as size"),
        pytest.param('"Size": 8192', '"Size": 99999999999999999999', id="a size beyond 64 bits"),
        pytest.param('"CRC32C"', '"MD5"', id="an algorithm that PostgreSQL has not"),
        pytest.param('"Timeline": 1', '"Timeline": 0', id="no timeline"),
        pytest.param('"Timeline": 1', '"Timeline": "1"', id="a timeline as text"),
    ],
)
def test_a_manifest_that_its_own_checksum_does_not_save(before: str, after: str) -> None:
    assert before in BODY
    with pytest.raises(Damaged) as caught:
        Manifest.parse(sealed(BODY.replace(before, after)))
    assert caught.value.code == "manifest-damaged"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            '{"PostgreSQL-Backup-Manifest-Version": 1, "Files": [], "WAL-Ranges": [],\n', id="no range of WAL"
        ),
        pytest.param('{"PostgreSQL-Backup-Manifest-Version": 1, "Files": {}, "WAL-Ranges": [{}],\n', id="no list"),
        pytest.param("[" * 100_000, id="nested too deeply"),
        pytest.param("[1,\n", id="another document"),
    ],
)
def test_a_manifest_of_another_form(body: str) -> None:
    with pytest.raises(Damaged) as caught:
        Manifest.parse(sealed(body))
    assert caught.value.code == "manifest-damaged"


def test_layout_makes_no_difference() -> None:
    """PostgreSQL writes each file on a line of its own; others need not."""
    lines = Manifest.parse(sealed(BODY))
    in_one = BODY.replace("\n", " ")
    assert Manifest.parse(sealed(in_one)) == lines
    assert Manifest.parse(sealed(BODY.replace("{ ", "{\n"))) == lines


def test_files_are_given_as_they_are_read() -> None:
    seen: list[str] = []
    head = read_manifest(sealed(BODY).encode().splitlines(keepends=True), each=lambda path, _file: seen.append(path))
    whole = Manifest.parse(sealed(BODY))
    assert seen == [*whole.files]
    assert (head.version, head.size_bytes, head.wal_ranges) == (whole.version, whole.size_bytes, whole.wal_ranges)


def test_files_that_nobody_wants_are_not_looked_at() -> None:
    odd = BODY.replace('"Size": ', '"Size": -')
    assert odd != BODY
    head = read_manifest(sealed(odd).encode().splitlines(keepends=True), each=None)
    assert (head.wal_ranges, head.size_bytes) == (Manifest.parse(sealed(BODY)).wal_ranges, 0)
    with pytest.raises(Damaged, match="does not match its own checksum"):
        read_manifest(sealed(BODY).replace("8192", "8193").encode().splitlines(keepends=True), each=None)
