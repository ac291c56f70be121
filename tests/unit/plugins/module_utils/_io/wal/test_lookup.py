# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.lookup import (
    find_stored,
    has_segments,
    later_segment,
    list_wal_names,
    stat_each_stored,
    stat_stored,
)

STORED = (
    "00000001/00000000/000000010000000000000001.zst",
    "00000001/00000000/000000010000000000000001.00000028.backup",
    "00000001/00000000/000000010000000000000001.00000028.backup.crc32",
    "00000001/00000000/000000010000000000000002",
    "00000001/00000000/000000010000000000000002.crc32",
    "00000001/00000000/.000000010000000000000003.tmp",
    "00000001/00000001/000000010000000100000000.lz4",
    "00000001/00000001/000000010000000100000001.partial.gz",
    "00000002/00000002.history",
    "00000002/00000002.history.crc32",
    "00000002/00000001/000000020000000100000001.gz",
    "00000003/00000003.history",
    "00000003/00000001/notes.txt",
)


@pytest.fixture
def cluster(tmp_path: Path) -> DirectoryStorage:
    """A cluster's storage with these files."""
    for name in STORED:
        path = tmp_path / "wal" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return DirectoryStorage(str(tmp_path))


def test_names_are_listed_without_suffixes_temporary_files_and_checksums(cluster: DirectoryStorage) -> None:
    assert list_wal_names(cluster) == (
        "000000010000000000000001",
        "000000010000000000000001.00000028.backup",
        "000000010000000000000002",
        "000000010000000100000000",
        "000000010000000100000001.partial",
        "00000002.history",
        "000000020000000100000001",
        "00000003.history",
    )


def test_cluster_without_wal_has_no_names(tmp_path: Path) -> None:
    assert list_wal_names(DirectoryStorage(str(tmp_path))) == ()


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("000000010000000000000001", "00000001/00000000/000000010000000000000001.zst"),
        ("000000010000000000000002", "00000001/00000000/000000010000000000000002"),
        ("00000002.history", "00000002/00000002.history"),
        ("000000010000000100000001.partial", "00000001/00000001/000000010000000100000001.partial.gz"),
        ("000000010000000000000003", None),
        ("000000040000000000000003", None),
    ],
)
def test_stored_file_is_found(name: str, stored: str | None, cluster: DirectoryStorage) -> None:
    assert find_stored(cluster, name=name) == (f"wal/{stored}" if stored else None)


@pytest.mark.parametrize(
    ("name", "later"),
    [
        pytest.param("000000010000000000000000", "000000010000000100000000", id="later log"),
        pytest.param("000000010000000000000003", "000000010000000100000000", id="hole before the next log"),
        pytest.param("0000000100000000000000FF", "000000010000000100000000", id="end of a log"),
        pytest.param("000000010000000100000001", None, id="only a partial one"),
        pytest.param("000000020000000100000000", "000000020000000100000001", id="same log"),
        pytest.param("000000020000000100000002", None, id="end of the archive"),
        pytest.param("000000030000000100000000", None, id="timeline with a history only"),
        pytest.param("000000090000000100000000", None, id="unknown timeline"),
    ],
)
def test_later_segment_of_the_same_timeline(name: str, later: str | None, cluster: DirectoryStorage) -> None:
    assert later_segment(cluster, name=name) == later


@pytest.mark.parametrize(("timeline", "has"), [("00000001", True), ("00000002", True), ("00000003", False)])
def test_timelines_with_segments(timeline: str, has: bool, cluster: DirectoryStorage) -> None:
    assert has_segments(cluster, timeline=timeline) is has


def test_several_are_looked_up_with_what_is_known_of_them(cluster: DirectoryStorage) -> None:
    names = ["000000010000000100000000", "000000010000000000000009", "00000002.history", "000000010000000000000001"]
    keys = ["wal/00000001/00000001/000000010000000100000000.lz4", None, "wal/00000002/00000002.history"]
    found = [*stat_each_stored(cluster, names)]
    assert [each and each[0] for each in found[:3]] == keys
    assert found == [stat_stored(cluster, name=name) for name in names]
    assert [each and each[1] for each in found] == [each and cluster.stat(each[0]) for each in found]
