# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.same_history import (
    check_cluster,
    check_same_history,
    check_segment,
)
from registered_cluster import SYSTEM_IDENTIFIER
from two_repositories import NAMES, TwoRepositories, spoiled


@pytest.fixture
def two(tmp_path: Path) -> TwoRepositories:
    return TwoRepositories(tmp_path)


def check(two: TwoRepositories, name: str = NAMES[5]) -> None:
    check_same_history(two.near.storage, two.far.storage, name=name)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd", "lz4"])
def test_segment_before_with_the_same_content_speaks_for_it(two: TwoRepositories, compression: str) -> None:
    for folder in (two.near, two.far):
        two.store(folder, 4, compression=compression)
    check(two)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd", "lz4"])
def test_segment_before_with_other_content_speaks_against_it(two: TwoRepositories, compression: str) -> None:
    two.store(two.near, 4, compression=compression)
    two.store(two.far, 4, compression=compression, body=b"another server's")
    with pytest.raises(Refused) as caught:
        check(two)
    assert caught.value.code == "repositories-differ" and NAMES[4] in caught.value.message


@pytest.mark.parametrize(("one", "other"), [("none", "gzip"), ("gzip", "none"), ("zstd", "lz4")])
def test_content_counts_where_it_is_compressed_otherwise(two: TwoRepositories, one: str, other: str) -> None:
    two.store(two.near, 4, 6, compression=one)
    two.store(two.far, 4, compression=other)
    two.store(two.far, 6, body=b"another server's", compression=other)
    check(two)
    with pytest.raises(Refused) as caught:
        check(two, NAMES[7])
    assert caught.value.code == "repositories-differ" and NAMES[6] in caught.value.message


@pytest.mark.parametrize("is_damaged", [True, False])
def test_segment_is_told_to_be_the_same_only_where_both_have_it_whole(two: TwoRepositories, is_damaged: bool) -> None:
    two.store(two.near, 4, compression="none")
    two.store(two.far, 4)
    if is_damaged:
        spoiled(two.file(two.near, 4))
        with pytest.raises(Damaged):
            check_segment(two.near.storage, two.far.storage, name=NAMES[4])
    else:
        assert check_segment(two.near.storage, two.far.storage, name=NAMES[4])
    assert not check_segment(two.near.storage, two.far.storage, name=NAMES[5])


def test_damage_of_the_segment_before_says_nothing(two: TwoRepositories) -> None:
    two.store(two.near, 4)
    two.store(two.far, 4, body=b"another server's")
    spoiled(two.file(two.near, 4))
    check(two)


@pytest.mark.parametrize(
    "numbers", [pytest.param((), id="nowhere"), pytest.param((4,), id="in one"), pytest.param((5,), id="later")]
)
def test_what_only_one_has_says_nothing(two: TwoRepositories, numbers: tuple[int, ...]) -> None:
    two.store(two.near, *numbers)
    check(two)


def test_histories_of_the_timeline_have_to_be_the_same(two: TwoRepositories) -> None:
    source = two.wal / "00000002.history"
    for folder, text in ((two.near, "1\t0/3000000\tno recovery target\n"), (two.far, "1\t0/4000000\tno target\n")):
        source.write_text(text)
        folder.store_wal(str(source), data_directory=str(two.data))
    check(two)
    check(two, "00000003.history")
    with pytest.raises(Refused) as caught:
        check(two, f"00000002{NAMES[5][8:]}")
    assert caught.value.code == "repositories-differ" and "00000002.history" in caught.value.message


def test_damage_of_a_history_says_nothing(two: TwoRepositories) -> None:
    source = two.wal / "00000002.history"
    source.write_text("1\t0/3000000\tno recovery target\n")
    for folder in (two.near, two.far):
        folder.store_wal(str(source), data_directory=str(two.data))
    (Path(two.far.path) / "wal" / "00000002" / source.name).write_text("1\t0/4000000\tno recovery target\n")
    check(two, f"00000002{NAMES[5][8:]}")


@pytest.mark.parametrize("identifier", [SYSTEM_IDENTIFIER, None])
def test_repository_of_this_cluster_or_of_one_that_is_not_known(two: TwoRepositories, identifier: str | None) -> None:
    check_cluster(two.far.storage, identifier=identifier)


def test_repository_of_another_cluster_is_refused(two: TwoRepositories) -> None:
    with pytest.raises(Refused) as caught:
        check_cluster(two.far.storage, identifier="1")
    assert caught.value.code == "repository-foreign"
