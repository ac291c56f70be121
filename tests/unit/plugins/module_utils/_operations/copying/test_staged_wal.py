# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.copying.staged_wal import staged_wal
from two_repositories import TwoRepositories, spoiled


@pytest.fixture
def two(tmp_path: Path) -> TwoRepositories:
    """`near` has a segment with its checksum beside it."""
    made = TwoRepositories(tmp_path)
    made.store(made.near, 3, compression="none")
    (tmp_path / "scratch").mkdir()
    return made


def test_file_comes_with_what_lies_beside_it_and_goes_again(two: TwoRepositories, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    key = str(two.file(two.near, 3).relative_to(two.near.path))
    document = two.near.identity().document()
    with staged_wal(two.near.storage, key, scratch=str(scratch), document=document) as (staged, keys):
        assert keys == (f"{key}.crc32", key)
        assert [staged.read_all(each, limit_bytes=1 << 21) for each in keys] == [
            two.near.storage.read_all(each, limit_bytes=1 << 21) for each in keys
        ]
    assert [path for path in scratch.rglob("*") if path.is_file()] == []


def test_damaged_file_is_not_given(two: TwoRepositories, tmp_path: Path) -> None:
    file = two.file(two.near, 3)
    spoiled(file)
    key, document = str(file.relative_to(two.near.path)), two.near.identity().document()
    with (
        pytest.raises(Damaged) as caught,
        staged_wal(two.near.storage, key, scratch=str(tmp_path / "scratch"), document=document),
    ):
        raise AssertionError
    # Where people can look at it.
    assert str(file) in caught.value.message and "scratch" not in caught.value.message


def test_another_clusters_segment_is_not_given(two: TwoRepositories, tmp_path: Path) -> None:
    key = str(two.file(two.near, 3).relative_to(two.near.path))
    document = {**two.near.identity().document(), "system_identifiers": ["1"]}
    with (
        pytest.raises(PitrError) as caught,
        staged_wal(two.near.storage, key, scratch=str(tmp_path / "scratch"), document=document),
    ):
        raise AssertionError
    assert caught.value.code == "segment-foreign"
