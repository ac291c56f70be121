# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A name is looked for in the archive and in the server's own WAL; what can't be read is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.target.restore_point_search import (
    NameSearch,
    search_name,
)
from fake_runner import FakeRunner
from registered_cluster import SEGMENT_BYTES, SYSTEM_IDENTIFIER
from sample_cluster import sample_cluster

POINT = "rmgr: XLOG len (rec/tot): 98/98, tx: 0, lsn: 0/{number:X}00100, prev 0/28, desc: RESTORE_POINT {name}\n"
NAMED = {5: "old", 9: "own"}


class Named(FakeRunner):
    """Segment 5 has the restore point `old`, and segment 9 the one `own`; or a program that always fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self._fails = fails

    def answer(self, argv: tuple[str, ...]) -> Result:
        if self._fails:
            return Result(argv, 1, "", "pg_waldump: error: out of memory")
        first, last = int(argv[-2][16:], 16), int(argv[-1][16:], 16)
        lines = [POINT.format(number=number, name=name) for number, name in NAMED.items() if first <= number <= last]
        return Result(argv, 0, "".join(lines), "")


@pytest.fixture
def cluster(data_directory: Path) -> Cluster:
    return replace(
        sample_cluster(str(data_directory), system_identifier=SYSTEM_IDENTIFIER),
        segment_size=SegmentSize(SEGMENT_BYTES),
    )


@pytest.fixture
def archive(folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path) -> ClusterFolder:
    """Segments 3 to 8 are archived, and 9 is in pg_wal alone."""
    for number in range(3, 9):
        folder.store_wal(str(make_segment(number)), data_directory=str(data_directory), compression="gzip")
    wal = data_directory / "pg_wal"
    wal.mkdir(exist_ok=True)
    (wal / "000000010000000000000009").write_bytes(make_segment(9).read_bytes())
    return folder


def search(
    name: str, archive: ClusterFolder, cluster: Cluster, *, fails: bool = False, clock: Iterator[float] | None = None
) -> NameSearch:
    ticks = clock or repeat(0.0)
    return search_name(name, folder=archive, cluster=cluster, runner=Named(fails=fails), clock=lambda: next(ticks))


@pytest.mark.parametrize(
    ("name", "segment"), [("old", "000000010000000000000005"), ("own", "000000010000000000000009")]
)
def test_name_that_is_taken_is_refused(archive: ClusterFolder, cluster: Cluster, name: str, segment: str) -> None:
    found = search(name, archive, cluster)
    assert found == NameSearch(segment, 0)
    with pytest.raises(Refused) as caught:
        found.check(name)
    assert caught.value.code == "restore-point-exists" and segment in caught.value.message


def test_name_that_is_free_is_taken_without_a_word(archive: ClusterFolder, cluster: Cluster) -> None:
    found = search("new", archive, cluster)
    found.check("new")
    assert found == NameSearch(None, 0) and found.warnings("new") == ()


def test_what_was_not_looked_at_is_told(archive: ClusterFolder, cluster: Cluster) -> None:
    assert search("new", archive, cluster, fails=True) == NameSearch(None, 7)
    found = search("new", archive, cluster, clock=chain([0.0], repeat(31.0)))
    assert found == NameSearch(None, 7) and "7 archived segments" in found.warnings("new")[0]
