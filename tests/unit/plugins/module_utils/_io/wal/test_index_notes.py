# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of an archive on another host is kept here, and counts for the very files that are stored there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import (
    RECOVERY_ENDS_FILE,
    wal_facts_key,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import ParameterChange
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_facts import SegmentFacts
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.append_only import AppendOnly
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.index_notes import (
    LocalNotes,
    StoredNotes,
    notes_beside,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.segment_index import SegmentIndex

NAME = "000000010000000000000003"
KEY = wal_facts_key(NAME)
FACTS = SegmentFacts(xids=(700, 701))
ENDING = SegmentFacts(parameter_changes=(ParameterChange(Lsn.parse("0/3000100"), "minimal"),))


@pytest.fixture
def notes(folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path, tmp_path: Path) -> LocalNotes:
    folder.store_wal(str(make_segment(3)), data_directory=str(data_directory), compression="gzip")
    return LocalNotes(AppendOnly(folder.storage), directory=str(tmp_path / "a cache" / "x"))


def index_of(folder: ClusterFolder, notes: LocalNotes) -> SegmentIndex:
    return SegmentIndex(AppendOnly(folder.storage), notes=notes)


def test_notes_of_a_repository_elsewhere_are_kept_here(
    folder: ClusterFolder, notes: LocalNotes, tmp_path: Path
) -> None:
    index = index_of(folder, notes)
    assert index.facts(NAME) is None
    index.note(NAME, FACTS)
    index.save(is_stored=lambda _name: True)
    assert index_of(folder, notes).facts(NAME) == FACTS
    assert folder.storage.read_all(KEY) is None
    kept = tmp_path / "a cache" / "x" / KEY
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_they_count_for_no_other_file_of_that_name(
    folder: ClusterFolder, notes: LocalNotes, make_segment: Callable[..., Path], data_directory: Path
) -> None:
    index = index_of(folder, notes)
    index.note(NAME, FACTS)
    index.save(is_stored=lambda _name: True)
    os.unlink(str(folder.find_wal(NAME)))
    assert index_of(folder, notes).facts(NAME) is None
    folder.store_wal(str(make_segment(3)), data_directory=str(data_directory), compression="gzip")
    assert index_of(folder, notes).facts(NAME) is None


def test_nothing_of_an_encrypted_segment_is_kept_in_clear(
    folder: ClusterFolder, notes: LocalNotes, tmp_path: Path
) -> None:
    stored = Path(str(folder.find_wal(NAME)))
    stored.rename(f"{stored}.age")
    index = index_of(folder, notes)
    index.note(NAME, FACTS)
    index.save(is_stored=lambda _name: True)
    assert not (tmp_path / "a cache").exists()


@pytest.mark.parametrize("is_local", [True, False])
def test_of_wal_that_retention_has_removed_nothing_is_kept(
    is_local: bool, folder: ClusterFolder, notes: LocalNotes, tmp_path: Path
) -> None:
    kept = LocalNotes(folder.storage, directory=str(tmp_path / "[a]")) if is_local else StoredNotes(folder.storage)
    others = [wal_facts_key("000000010000000100000003"), wal_facts_key("000000020000000000000003")]
    for key in (KEY, *others, RECOVERY_ENDS_FILE):
        kept.write(key, b"{}")
    assert sorted(kept.logs()) == sorted([KEY, *others])
    SegmentIndex(folder.storage, notes=kept).keep_only({KEY})
    assert kept.logs() == [KEY] and kept.read(RECOVERY_ENDS_FILE) == b"{}"


def test_what_is_no_file_of_ours_is_not_read(notes: LocalNotes, tmp_path: Path) -> None:
    place = tmp_path / "a cache" / "x" / KEY
    place.parent.mkdir(parents=True)
    os.mkfifo(place)
    with pytest.raises(Damaged):
        notes.read(KEY)
    assert notes.read(wal_facts_key("000000010000000100000003")) is None


def test_which_is_kept_where(folder: ClusterFolder) -> None:
    assert isinstance(notes_beside(folder.storage), StoredNotes)
    assert isinstance(notes_beside(AppendOnly(folder.storage)), LocalNotes)


class Far(AppendOnly):
    """A storage of which each question takes a round trip."""

    asked = 0

    def stat(self, key: str) -> tuple[int, float, str] | None:
        raise AssertionError(f"'{key}' was asked for alone")

    def stat_many(self, keys: Iterable[str]) -> Iterator[tuple[int, float, str] | None]:
        self.asked += 1
        return super().stat_many(keys)


def test_a_storage_that_is_far_away_is_asked_once_for_many_segments(
    folder: ClusterFolder, notes: LocalNotes, make_segment: Callable[..., Path], data_directory: Path, tmp_path: Path
) -> None:
    names = [NAME[:-1] + str(number) for number in range(3, 7)]
    for number in range(4, 7):
        folder.store_wal(str(make_segment(number)), data_directory=str(data_directory), compression="zstd")
    index = index_of(folder, notes)
    for name in names:
        index.note(name, ENDING)
    index.save(is_stored=lambda _name: True)
    os.unlink(str(folder.find_wal(names[1])))
    far = Far(folder.storage)
    index = SegmentIndex(far, notes=LocalNotes(far, directory=str(tmp_path / "a cache" / "x")))
    index.look_up([*names, "000000010000000000000009"])
    assert ([index.facts(name) for name in names], far.asked) == ([ENDING, None, ENDING, ENDING], 1)
    assert (sorted(index.recovery_ends()), far.asked) == ([names[0], *names[2:]], 2)
