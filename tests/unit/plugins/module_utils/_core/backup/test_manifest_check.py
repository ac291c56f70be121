# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing the files of a backup with its manifest."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest import Manifest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest_check import (
    ManifestComparison,
    ReadFile,
    check_differences,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from manifest_text import BODY, FOUND, sealed


def differences(found: Mapping[str, ReadFile], *, body: str = BODY, **more: bool) -> tuple[str, ...]:
    comparison = ManifestComparison(Manifest.parse(sealed(body)), **more)
    for path, file in found.items():
        comparison[path] = file
    return comparison.differences()


def test_files_without_checksums_are_compared_by_size() -> None:
    body = BODY.replace(', "Checksum-Algorithm": "CRC32C", "Checksum": "43872087"', "")
    assert differences({**FOUND, "global/pg_control": ReadFile(8192, "anything")}, body=body) == ()
    assert (
        differences({path: ReadFile(file.size_bytes, "") for path, file in FOUND.items()}, with_checksums=False) == ()
    )


def test_file_that_comes_twice_is_known_and_differs() -> None:
    comparison = ManifestComparison(Manifest.parse(sealed(BODY)))
    assert "backup_label" not in comparison and "extra" not in comparison
    for _time in range(2):
        comparison["backup_label"] = FOUND["backup_label"]
        assert "backup_label" in comparison
    assert "'backup_label' is there more than once" in comparison.differences()
    assert comparison.count == 1


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
    assert differences(found) == (() if difference is None else (difference,))


def test_a_backup_that_differs_is_damaged() -> None:
    with pytest.raises(Damaged, match="and 1 more") as caught:
        check_differences(differences({f"extra{number}": ReadFile(1, "") for number in range(3)}))
    assert caught.value.code == "backup-damaged"
