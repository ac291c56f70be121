# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest import Manifest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest_check import (
    ReadFile,
    check_against_manifest,
    compare_with_manifest,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from fixture_files import FIXTURES

# As PostgreSQL 15 writes it, with three of its files.
FIXTURE = FIXTURES / "backup_manifest-15.txt"
BODY = FIXTURE.read_text(encoding="utf-8").partition('"Manifest-Checksum"')[0]


def sealed(body: str) -> str:
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f'{body}"Manifest-Checksum": "{digest}"}}\n'


FOUND = {
    "backup_label": ReadFile(227, "0f2e7a45"),
    "b\udcc3": ReadFile(0, "00000000"),
    "global/pg_control": ReadFile(8192, "43872087"),
}


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


def test_files_without_checksums_are_compared_by_size() -> None:
    body = BODY.replace(', "Checksum-Algorithm": "CRC32C", "Checksum": "43872087"', "")
    found = {**FOUND, "global/pg_control": ReadFile(8192, "anything")}
    assert compare_with_manifest(found, manifest=Manifest.parse(sealed(body))) == ()


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
    ("changes", "difference"),
    [
        pytest.param({}, None, id="whole"),
        pytest.param({"backup_label": None}, "'backup_label' is missing", id="missing"),
        pytest.param(
            {"backup_label": ReadFile(226, "0f2e7a45")}, "'backup_label' has 226 bytes instead of 227", id="size"
        ),
        pytest.param({"backup_label": ReadFile(227, "ff")}, "'backup_label' has a wrong checksum", id="checksum"),
        pytest.param({"extra": ReadFile(1, "ff")}, "'extra' is not in the manifest", id="extra"),
    ],
)
def test_differences(changes: dict[str, ReadFile | None], difference: str | None) -> None:
    found = {path: read for path, read in {**FOUND, **changes}.items() if read is not None}
    manifest = Manifest.parse(sealed(BODY))
    assert compare_with_manifest(found, manifest=manifest) == (() if difference is None else (difference,))


def test_a_backup_that_differs_is_damaged() -> None:
    with pytest.raises(Damaged, match="and 1 more") as caught:
        found = {f"extra{number}": ReadFile(1, "") for number in range(3)}
        check_against_manifest(found, manifest=Manifest.parse(sealed(BODY)))
    assert caught.value.code == "backup-damaged"
