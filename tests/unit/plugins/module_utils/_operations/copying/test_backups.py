# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import record_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.records import read_backups
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.place import ANY
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.expired import add_expired
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.copying.backups import (
    CopiedBackups,
    copy_backups,
    missing_backups,
)
from two_repositories import TwoRepositories, spoiled
from verify_repository import FULL, NEXT, write_backup


@pytest.fixture
def two(tmp_path: Path) -> TwoRepositories:
    made = TwoRepositories(tmp_path)
    write_backup(made.near)
    write_backup(made.near, label=NEXT, parent=FULL, first=4)
    return made


def missing(two: TwoRepositories) -> list[Backup]:
    return missing_backups(two.near, two.far, stored=two.far.stored_wal())


def copied(two: TwoRepositories) -> CopiedBackups:
    return copy_backups(missing(two), source=two.near, target=two.far)


def tree(folder: ClusterFolder) -> dict[str, bytes]:
    base = Path(folder.backups_directory)
    return {
        str(path.relative_to(base)): path.read_bytes()
        for path in base.rglob("*")
        if path.name[0] not in "." and path.is_file()
    }


def test_backups_are_copied_file_by_file_with_their_records(two: TwoRepositories) -> None:
    done = copied(two)
    assert (done.labels, done.problems) == ([FULL, NEXT], [])
    assert tree(two.near) == tree(two.far) and read_backups(two.near) == read_backups(two.far)
    assert missing(two) == []


def test_what_a_killed_copy_has_left_is_gone_on_with(two: TwoRepositories) -> None:
    before = tree(two.near)
    name = "base.tar.gz"
    two.far.storage.put(f"backups/{FULL}/{name}", [b"of something else"])
    two.far.storage.put(f"backups/{FULL}/backup_manifest", [before[f"{FULL}/backup_manifest"]])
    assert copied(two).labels == [FULL, NEXT]
    assert tree(two.far) == before


def test_damaged_backup_is_told_and_neither_it_nor_what_builds_on_it_is_copied(two: TwoRepositories) -> None:
    name = "base.tar.gz"
    spoiled(Path(two.near.backups_directory) / FULL / name)
    done = copied(two)
    assert done.labels == [] and len(done.problems) == 2
    assert FULL in done.problems[0] and "its parent" in done.problems[1]
    assert tree(two.far) == {}


def test_only_what_a_backup_may_have_is_copied_and_no_more_of_it(two: TwoRepositories) -> None:
    """What the source holds is data: names that no backup has, and a pin of 32 MiB."""
    before = tree(two.near)
    two.near.storage.put(f"backups/{NEXT}/.profile", [b"x"])
    two.near.storage.put(f"backups/{NEXT}/other.tar.gz", [b"x"])
    (Path(two.near.backups_directory) / NEXT / "directory").mkdir()
    with open(Path(two.near.backups_directory) / FULL / "pinned.json", "wb") as pins:
        pins.truncate(1 << 25)
    done = copied(two)
    assert "bytes that it can have" in done.problems[0] and done.labels == []
    (Path(two.near.backups_directory) / FULL / "pinned.json").unlink()
    assert copied(two).labels == [FULL, NEXT]
    assert tree(two.far) == before


def test_backup_of_a_cluster_that_the_target_does_not_know_is_not_copied(two: TwoRepositories) -> None:
    key = record_key(NEXT)
    record = (two.near.storage.read_all(key) or b"").decode()
    foreign = record.replace(two.near.identity().system_identifiers[0], "7000000000000000001")
    two.near.storage.put(key, [foreign.encode()], replaces=ANY)
    done = copied(two)
    assert (done.labels, len(done.problems)) == ([FULL], 1)
    assert "not registered there" in done.problems[0]


def test_what_the_retention_of_the_target_has_removed_does_not_come_back(two: TwoRepositories) -> None:
    add_expired(two.far.storage, {1: IntervalSet((1, 4))}, size=two.far.identity().segment_size)
    assert [each.label for each in missing(two)] == [NEXT]


def test_two_backups_of_one_label_are_refused(two: TwoRepositories) -> None:
    other = replace(read_backups(two.near)[0], cluster="db2")
    two.far.storage.put(record_key(FULL), [str(other).encode()])
    with pytest.raises(Refused) as caught:
        missing(two)
    assert caught.value.code == "repositories-differ"


@pytest.mark.parametrize(
    ("stored_bytes", "words"), [(1 << 43, "are needed"), (0, "are recorded")], ids=["as recorded", "more than recorded"]
)
def test_archive_without_end_fills_nothing(two: TwoRepositories, stored_bytes: int, words: str) -> None:
    """What the source holds is data: an archive of 8 TiB that takes no room there, or that its record keeps quiet."""
    record = read_backups(two.near)[0]
    base = Path(two.near.backups_directory) / FULL / "base.tar.gz"
    grown = stored_bytes or 1 << 30
    os.truncate(base, base.stat().st_size + grown)
    told = replace(record, stored_bytes=record.stored_bytes + stored_bytes)
    two.near.storage.put(record_key(FULL), [str(told).encode()], replaces=ANY)
    done = copied(two)
    assert words in done.problems[0] and done.labels == []
    assert not (Path(two.far.backups_directory) / FULL).exists()


@pytest.mark.parametrize("name", ["pinned.json", "origin.json"])
def test_what_a_link_leads_to_is_not_copied(two: TwoRepositories, name: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("[]")
    (Path(two.near.backups_directory) / FULL / name).symlink_to(tmp_path / "secret")
    done = copied(two)
    assert "is a link" in done.problems[0] and tree(two.far) == {}
