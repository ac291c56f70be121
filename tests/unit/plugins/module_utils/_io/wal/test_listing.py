# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.listing import list_stored_wal

SIZE = SegmentSize(16 << 20)
STORED = (
    "00000001/00000000/0000000100000000000000FE.zst",
    "00000001/00000000/0000000100000000000000FF",
    "00000001/00000000/0000000100000000000000FF.crc32",
    "00000001/00000000/0000000100000000000000FD.00000028.backup",
    "00000001/00000000/0000000100000000000000FD.00000028.backup.crc32",
    "00000001/00000000/.0000000100000000000000FC.tmp",
    # Nobody would look for these under their names.
    "00000001/00000000/000000010000000700000001",
    "00000001/00000000/000000010000000000000100",
    "00000001/00000000/00000001000000000000000a",
    "00000001/notalog0/000000010000000000000001",
    "00000001/00000001/000000010000000100000001.partial.gz",
    "00000002/00000002.history",
    "00000002/00000002.history.crc32",
    "00000002/00000001/000000020000000100000001.gz",
    "00000003/00000003.history",
    "notes/00000004.history",
)


def lay_out(folder: Path, *names: str) -> DirectoryStorage:
    for name in names:
        path = folder / "wal" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return DirectoryStorage(str(folder))


def test_segments_and_other_files_are_told_apart(tmp_path: Path) -> None:
    stored = list_stored_wal(lay_out(tmp_path, *STORED), size=SIZE)
    assert stored.intervals == {1: IntervalSet((254, 256)), 2: IntervalSet((257, 258))}
    assert stored.others == (
        "0000000100000000000000FD.00000028.backup",
        "000000010000000100000001.partial",
        "00000002.history",
        "00000003.history",
    )


def test_full_logs_are_one_run(tmp_path: Path) -> None:
    size = SegmentSize(1 << 28)
    names = [f"00000001/{log:08X}/00000001{log:08X}{place:08X}.lz4" for log in (1, 2, 3) for place in range(16)]
    names.remove("00000001/00000003/00000001000000030000000F.lz4")
    assert list_stored_wal(lay_out(tmp_path, *names), size=size).intervals == {1: IntervalSet((16, 63))}


@pytest.mark.parametrize("twice", ["", ".zst"])
def test_segment_stored_twice_counts_once(tmp_path: Path, twice: str) -> None:
    name = "00000001/00000000/000000010000000000000001"
    stored = list_stored_wal(lay_out(tmp_path, f"{name}.gz", name + twice), size=SIZE)
    assert stored.intervals == {1: IntervalSet((1, 2))}


def test_cluster_without_wal_has_none(tmp_path: Path) -> None:
    stored = list_stored_wal(DirectoryStorage(str(tmp_path)), size=SIZE)
    assert (stored.intervals, stored.others) == ({}, ())
