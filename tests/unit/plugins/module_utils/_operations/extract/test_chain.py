# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an incremental backup no longer has goes, and what it has must be there in its size."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest_check import ReadFile
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.direct_write import DirectWriter
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.chain import settle
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.incremental_apply import IncrementalApply


@pytest.fixture
def sink(tmp_path: Path) -> IncrementalApply:
    """Two files and a directory of the backup, in a directory that has a file and a directory more."""
    for directory in ("base/5", "base/6", "pg_tblspc"):
        (tmp_path / directory).mkdir(parents=True)
    for name, size_bytes in (("PG_VERSION", 3), ("base/5/1259", 9), ("base/6/1", 1)):
        (tmp_path / name).write_bytes(b"x" * size_bytes)
    (tmp_path / "pg_tblspc" / "16400").symlink_to(tmp_path)
    sink = IncrementalApply(
        str(tmp_path),
        writer=DirectWriter(),
        block_size_bytes=8192,
        segment_blocks=131072,
        kept_blocks=lambda _path: None,
    )
    sink.files.add("PG_VERSION", ReadFile(3, ""))
    sink.directories.update({"base", "base/5", "pg_tblspc"})
    return sink


def test_files_and_directories_of_the_parent_alone_are_removed(sink: IncrementalApply, tmp_path: Path) -> None:
    sink.files.add("base/5/1259", ReadFile(9, ""))
    assert settle(sink) == []
    assert sorted(os.listdir(tmp_path / "base")) == ["5"]
    assert (tmp_path / "pg_tblspc" / "16400").is_symlink()


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        pytest.param({"base/5/1259": 10}, ["'base/5/1259' does not have 10 bytes"], id="another size"),
        pytest.param({"base/5/1259": 9, "base/5/1260": 1}, ["'base/5/1260' is missing"], id="missing"),
    ],
)
def test_file_that_is_not_as_it_should_be_is_named(
    sink: IncrementalApply, stated: dict[str, int], said: list[str]
) -> None:
    for name, size_bytes in stated.items():
        sink.files.add(name, ReadFile(size_bytes, ""))
    assert settle(sink) == said
