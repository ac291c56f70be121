# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Missing, Refused, Unavailable
from two_repositories import NAMES, TwoRepositories, spoiled


@pytest.fixture
def two(tmp_path: Path) -> TwoRepositories:
    return TwoRepositories(tmp_path)


def away(two: TwoRepositories, name: str) -> None:
    path = Path(getattr(two, name).path).parent
    path.rename(f"{path}.away")


def test_one_that_is_away_is_left_out_and_told(two: TwoRepositories) -> None:
    two.store(two.far, 5)
    away(two, "near")
    both = two.both()
    assert both.members == (two.far,) and both.stored_wal().has(NAMES[5])
    assert list(both.unusable) == ["near"] and "near' is not there" in both.unusable["near"]


def test_none_that_can_be_read_fails_as_one(two: TwoRepositories) -> None:
    away(two, "near")
    away(two, "far")
    with pytest.raises(Unavailable) as caught:
        two.both().identity()
    assert caught.value.code == "repository-missing" and "near" in caught.value.message


def test_repository_of_another_cluster_is_refused(two: TwoRepositories) -> None:
    two.far.write_identity(replace(two.far.identity(), system_identifiers=("1",)))
    with pytest.raises(Refused) as caught:
        two.both().stored_wal()
    assert caught.value.code == "repository-foreign" and "'far'" in caught.value.message


def test_listing_has_what_any_of_them_has(two: TwoRepositories) -> None:
    two.store(two.near, 3, 4)
    two.store(two.far, 4, 6)
    assert two.both().stored_wal().intervals[1].bounds == (3, 5, 6, 7)


def test_two_histories_of_one_timeline_are_refused_unless_one_is_damaged(two: TwoRepositories) -> None:
    source = two.wal / "00000002.history"
    for folder, position in ((two.near, "0/3000000"), (two.far, "0/4000000")):
        source.write_text(f"1\t{position}\tno recovery target specified\n")
        folder.store_wal(str(source), data_directory=str(two.data))
    with pytest.raises(Refused) as caught:
        two.both().stored_wal()
    assert caught.value.code == "repositories-differ"
    spoiled(Path(two.near.find_wal("00000002.history") or ""))
    assert two.both().stored_wal().others == ("00000002.history",)


@pytest.mark.parametrize(
    ("near", "far", "error"),
    [
        pytest.param("damaged", "whole", None, id="damaged in the first"),
        pytest.param("missing", "whole", None, id="missing in the first"),
        pytest.param("missing", "damaged", Damaged, id="damaged in the only one"),
        pytest.param("damaged", "missing", Damaged, id="damaged in the only one, the first"),
        pytest.param("missing", "missing", Missing, id="missing in both"),
    ],
)
def test_segment_is_fetched_from_where_it_is_whole(
    near: str, far: str, error: type[Exception] | None, two: TwoRepositories
) -> None:
    for folder, state in ((two.near, near), (two.far, far)):
        two.store(folder, 4, *([5] if state != "missing" else []))
        if state == "damaged":
            spoiled(two.file(folder, 5))
    target = two.data / "fetched"
    if error is None:
        two.both().fetch_wal(NAMES[5], str(target))
        assert target.read_bytes() == two.segment(5).read_bytes()
        return
    with pytest.raises(error):
        two.both().fetch_wal(NAMES[5], str(target))


@pytest.mark.parametrize("far_is_required", [True, False])
def test_what_is_added_goes_to_each_that_has_to_have_it(two: TwoRepositories, far_is_required: bool) -> None:
    both = two.both(far_is_required=far_is_required)
    source = two.segment(5)
    both.store_wal(str(source), data_directory=str(two.data))
    both.change_identity(lambda before: replace(before, versions=(16,)) if before else pytest.fail("none"))
    assert (two.stored(two.near), two.stored(two.far)) == ([5], [5])
    assert (two.near.identity().versions, two.far.identity().versions) == ((16,), (16,))
    away(two, "far")
    again = two.both(far_is_required=far_is_required)
    if not far_is_required:
        again.store_wal(str(two.segment(6)), data_directory=str(two.data))
        assert two.stored(two.near) == [5, 6]
        return
    with pytest.raises(Unavailable):
        again.store_wal(str(two.segment(6)), data_directory=str(two.data))
