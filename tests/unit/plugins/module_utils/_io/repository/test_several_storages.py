# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Missing
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import record_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.several_storages import SeveralStorages
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from sample_backup import sample_backup
from two_repositories import TwoRepositories

LABEL = "20260915T110000Z-full"
FILES = ("base.tar", "backup_manifest")


@pytest.fixture
def two(tmp_path: Path) -> TwoRepositories:
    return TwoRepositories(tmp_path)


@pytest.fixture
def both(two: TwoRepositories) -> SeveralStorages:
    return SeveralStorages([two.near.storage, two.far.storage])


def put_backup(storage: object, *, without: str = "", cluster: str = "db1") -> None:
    record = sample_backup(LABEL, files=FILES, stored_bytes=8, cluster=cluster)
    for name in FILES:
        if name != without:
            storage.put(f"backups/{LABEL}/{name}", [f"{storage.address()[-4:]}".encode()])  # type: ignore[attr-defined]
    storage.put(record_key(LABEL), [str(record).encode()])  # type: ignore[attr-defined]


def content(both: SeveralStorages, name: str) -> str:
    with both.read(f"backups/{LABEL}/{name}") as reading:
        return b"".join(reading).decode()[-4:]


def test_what_is_read_comes_from_the_first_that_has_it(two: TwoRepositories, both: SeveralStorages) -> None:
    for storage, keys in ((two.near.storage, ("wal/a",)), (two.far.storage, ("wal/a", "wal/b"))):
        for key in keys:
            storage.put(key, [storage.address().encode()])
    assert both.read_all("wal/a") == two.near.path.encode() and both.read_all("wal/b") == two.far.path.encode()
    assert (both.address("wal/a"), both.address("wal/b")) == (f"{two.near.path}/wal/a", f"{two.far.path}/wal/b")
    assert both.stat("wal/b") == two.far.storage.stat("wal/b") and both.stat("wal/c") is None
    assert list(both.stat_many(["wal/b", "wal/c", "wal/a"])) == [both.stat("wal/b"), None, both.stat("wal/a")]
    assert sorted(both.list("wal")) == ["a", "b"]
    with pytest.raises(Missing):
        both.read("wal/c")


@pytest.mark.parametrize(
    ("near", "far", "order"),
    [
        pytest.param("", "", ["near", "far"], id="whole in both"),
        pytest.param("base.tar", "", ["far", "near"], id="a file is missing in the first"),
        pytest.param("base.tar", "backup_manifest", ["near", "far"], id="whole in none"),
    ],
)
def test_backup_is_read_from_the_first_that_has_all_of_it(
    near: str, far: str, order: list[str], two: TwoRepositories, both: SeveralStorages
) -> None:
    put_backup(two.near.storage, without=near)
    put_backup(two.far.storage, without=far)
    assert [Path(each.address()).parent.name for each in both.holders(LABEL)] == order
    # Whatever is missing there comes from the other.
    for name in FILES:
        assert both.stat(f"backups/{LABEL}/{name}") is not None


def test_backup_that_is_avoided_comes_from_the_other(two: TwoRepositories, both: SeveralStorages) -> None:
    put_backup(two.near.storage)
    put_backup(two.far.storage)
    assert both.avoid(LABEL) is True
    assert both.address(f"backups/{LABEL}").startswith(two.far.path)
    assert both.avoid(LABEL) is False


def test_backup_of_another_record_is_not_mixed_in(two: TwoRepositories, both: SeveralStorages) -> None:
    put_backup(two.near.storage, without="base.tar")
    put_backup(two.far.storage, cluster="db2")
    assert len(both.holders(LABEL)) == 1
    assert both.stat(f"backups/{LABEL}/base.tar") is None and both.avoid(LABEL) is False


def test_what_is_written_goes_to_the_first(two: TwoRepositories, both: SeveralStorages) -> None:
    both.put("wal/x", [b"1"])
    assert two.near.storage.stat("wal/x") is not None and two.far.storage.stat("wal/x") is None
    assert both.local_directory("wal") == f"{two.near.path}/wal" and both.local_directory("backups/x") is None


def test_storage_that_is_far_away_is_asked_for_many_at_once(two: TwoRepositories) -> None:
    class FarStorage(DirectoryStorage):
        def local_directory(self, prefix: str) -> str | None:
            return None

        def stat_many(self, keys: Iterable[str]) -> Iterator[tuple[int, float, str] | None]:
            asked.append(list(keys))
            return super().stat_many(asked[-1])

    asked: list[list[str]] = []
    both = SeveralStorages([two.near.storage, FarStorage(two.far.path)])
    two.near.storage.put("wal/a", [b"1"])
    two.far.storage.put("wal/b", [b"2"])
    put_backup(two.far.storage)
    keys = ["wal/a", f"backups/{LABEL}/base.tar", "wal/b", "wal/c"]
    assert [each is not None for each in both.stat_many(keys)] == [True, True, True, False]
    assert asked == [["wal/b", "wal/c"]]
