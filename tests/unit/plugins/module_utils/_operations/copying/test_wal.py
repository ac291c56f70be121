# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.expired import add_expired
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.copying.wal import CopiedWal, WalCopy
from registered_cluster import SEGMENT_BYTES, segment_content
from two_repositories import NAMES, TwoRepositories, spoiled


@pytest.fixture
def two(tmp_path: Path) -> TwoRepositories:
    return TwoRepositories(tmp_path)


def copied(two: TwoRepositories) -> CopiedWal:
    return WalCopy(two.near, two.far).run(two.far.stored_wal())


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_what_is_missing_is_copied_as_it_is_stored(two: TwoRepositories, compression: str) -> None:
    two.store(two.near, 3, 4, 5, 6, compression=compression)
    two.store(two.far, 4, compression="zstd")
    done = copied(two)
    assert (done.files, done.problems, two.stored(two.far)) == (3, [], [3, 4, 5, 6])
    for number in (3, 5, 6):
        assert two.file(two.far, number).read_bytes() == two.file(two.near, number).read_bytes()
        target = two.data / "fetched"
        two.far.fetch_wal(NAMES[number], str(target))
        assert target.read_bytes() == two.segment(number).read_bytes()
    assert copied(two).files == 0


def test_damaged_segment_is_told_and_not_copied(two: TwoRepositories) -> None:
    two.store(two.near, 3, 4, 5)
    spoiled(two.file(two.near, 4))
    done = copied(two)
    assert (done.files, two.stored(two.far)) == (2, [3, 5])
    (problem,) = done.problems
    assert NAMES[4] in problem


@pytest.mark.parametrize("beside", ["", ".crc32"])
def test_file_without_end_fills_nothing(two: TwoRepositories, beside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the source holds is data: a segment of 1 TB, or a repository's host that never stops to send."""
    two.store(two.near, 3, 4, 5, compression="none")
    os.truncate(f"{two.file(two.near, 4)}{beside}", 1 << 40)
    written = most_written(monkeypatch)
    done = copied(two)
    assert (done.files, two.stored(two.far)) == (2, [3, 5])
    assert "bytes that it can have" in done.problems[0]
    assert max(written) <= 2 * SEGMENT_BYTES


def most_written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of each file that was put anywhere."""
    written = [0]
    put = DirectoryStorage.put

    def counting(self: DirectoryStorage, key: str, pieces: Iterable[bytes], **others: Any) -> str | None:
        def counted() -> Iterator[bytes]:
            written.append(0)
            for piece in pieces:
                written[-1] += len(piece)
                assert written[-1] < 1 << 30
                yield piece

        return put(self, key, counted(), **others)

    monkeypatch.setattr(DirectoryStorage, "put", counting)
    return written


def test_segment_that_the_target_would_refuse_is_not_copied(two: TwoRepositories) -> None:
    """A source that says of itself that it has another cluster's WAL, too."""
    two.store(two.near, 3)
    marker = Path(two.near.path) / "cluster.json"
    document = json.loads(marker.read_text())
    foreign = 7_000_000_000_000_000_001
    document["system_identifiers"].append(str(foreign))
    marker.write_text(json.dumps(document))
    path = two.wal / NAMES[4]
    path.write_bytes(segment_content(4, system=str(foreign)))
    two.near.storage.put(f"wal/00000001/00000000/{NAMES[4]}.gz", [gzip.compress(path.read_bytes())])
    done = copied(two)
    assert (done.files, two.stored(two.far)) == (1, [3])
    assert len(done.problems) == 1


def test_file_in_the_folder_of_another_is_none(two: TwoRepositories) -> None:
    two.store(two.near, 3)
    stray = f"wal/00000001/00000001/{NAMES[4]}.gz"
    two.near.storage.put(stray, [two.file(two.near, 3).read_bytes()])
    done = copied(two)
    assert (done.files, done.problems) == (1, []) and two.far.storage.stat(stray) is None


def test_histories_come_before_the_segments_of_their_timeline(two: TwoRepositories) -> None:
    source = two.wal / "00000002.history"
    source.write_text("1\t0/3000000\tno recovery target specified\n")
    two.near.store_wal(str(source), data_directory=str(two.data))
    two.near.store_wal(str(two.segment(4, timeline=2)), data_directory=str(two.data), compression="gzip")
    names = [key.rpartition("/")[2] for key in WalCopy(two.near, two.far).missing(two.far.stored_wal())]
    assert names == ["00000002.history", f"00000002{NAMES[4][8:]}.gz"]
    assert copied(two).files == 2 and two.far.wal_names() == two.near.wal_names()


def test_what_the_retention_of_the_target_has_removed_does_not_come_back(two: TwoRepositories) -> None:
    two.store(two.near, 3, 4, 5)
    add_expired(two.far.storage, {1: IntervalSet((1, 5))}, size=two.far.identity().segment_size)
    assert copied(two).files == 1 and two.stored(two.far) == [5]


def test_nothing_is_added_to_another_history(two: TwoRepositories) -> None:
    two.store(two.near, 3, 4)
    two.store(two.far, 3, body=b"another server's")
    with pytest.raises(Refused) as caught:
        copied(two)
    assert caught.value.code == "repositories-differ" and two.stored(two.far) == [3]


def test_very_many_files_that_are_none_are_counted(two: TwoRepositories) -> None:
    two.store(two.near, 3)
    folder = two.file(two.near, 3).parent
    for number in range(150):
        os.mkfifo(folder / f"00000001{0:08X}{number + 4:08X}.gz")
    done = copied(two)
    assert (done.files, len(done.problems)) == (1, 101)
    assert done.problems[-1] == "50 more WAL files could not be copied"


def test_first_file_that_is_none_keeps_no_other(two: TwoRepositories) -> None:
    """Nothing was made for it that could be removed."""
    two.store(two.near, 4)
    os.mkfifo(two.file(two.near, 4).with_name(f"{NAMES[3]}.gz"))
    done = copied(two)
    assert (done.files, len(done.problems), two.stored(two.far)) == (1, 1, [4])
