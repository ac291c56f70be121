# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which links are put together; that it is done right is told by the sink's tests and by those on real servers."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.file_table import FileTable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest_check import ReadFile
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract import layer_limits as module

BLOCKS, WHOLE = "base/5/INCREMENTAL.1", "base/5/1"


class Listed:
    """Manifests that say what each link has."""

    def __init__(self, links: list[Mapping[str, int]]) -> None:
        self._links = links

    def of(self, label: str) -> Any:
        files = FileTable(ReadFile)
        for path, size_bytes in self._links[int(label)].items():
            files.add(path, ReadFile(size_bytes, ""))
        return SimpleNamespace(files=files, algorithm="CRC32C")


def count(links: list[Mapping[str, int]]) -> int:
    labels: Any = [SimpleNamespace(label=str(number)) for number in range(len(links))]
    manifests: Any = Listed(links)
    return len(module.layered_links(labels, manifests))


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        pytest.param([{WHOLE: 9}], 1, id="full"),
        pytest.param([{WHOLE: 999}, {BLOCKS: 60}, {BLOCKS: 40}], 3, id="all"),
        pytest.param([{WHOLE: 999}, {BLOCKS: 60}, {BLOCKS: 41}], 2, id="one is too much"),
        pytest.param([{WHOLE: 999}, {BLOCKS: 60}, {WHOLE: 999}, {BLOCKS: 40}], 4, id="whole files are not kept"),
        pytest.param([{WHOLE: 999}, {BLOCKS: 101}, {BLOCKS: 1}], 1, id="the first is too much"),
        pytest.param([{WHOLE: 9}, {str(number): 1 for number in range(10)}], 1, id="too many files"),
        pytest.param([{WHOLE: 9}, *[{str(number): 1 for number in range(4)}] * 3], 3, id="too many files in all"),
        pytest.param([{BLOCKS: 999}, {BLOCKS: 1}], 2, id="what a full backup has is never blocks"),
    ],
)
def test_links_whose_blocks_can_be_kept(
    monkeypatch: pytest.MonkeyPatch, links: list[Mapping[str, int]], expected: int
) -> None:
    monkeypatch.setattr(module, "_MOST_BLOCK_BYTES", 100)
    monkeypatch.setattr(module, "_MOST_FILES", 10)
    assert count(links) == expected


def test_no_link_whose_files_cannot_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "can_compute", lambda algorithm: algorithm != "CRC32C")
    assert count([{WHOLE: 1}, {BLOCKS: 1}]) == 0


def test_blocks_wait_where_they_go_to() -> None:
    links = [
        {WHOLE: 9, BLOCKS: 9},
        {BLOCKS: 5, WHOLE: 7},
        {BLOCKS: 6, "pg_tblspc/16400/PG_18_202506291/5/INCREMENTAL.7": 3},
    ]
    labels: Any = [SimpleNamespace(label=str(number)) for number in range(len(links))]
    manifests: Any = Listed(links)
    assert module.waiting_bytes(labels, manifests) == {None: 11, 16400: 3}
    assert module.waiting_bytes(labels[:1], manifests) == {}
