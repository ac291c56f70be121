# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing the files of a backup with its manifest."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest import Manifest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest_check import (
    ReadFile,
    check_against_manifest,
    compare_with_manifest,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from manifest_text import BODY, FOUND, sealed


def test_files_without_checksums_are_compared_by_size() -> None:
    body = BODY.replace(', "Checksum-Algorithm": "CRC32C", "Checksum": "43872087"', "")
    found = {**FOUND, "global/pg_control": ReadFile(8192, "anything")}
    assert compare_with_manifest(found, manifest=Manifest.parse(sealed(body))) == ()


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
