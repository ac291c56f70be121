# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.several_push import new_push_to_all
from two_repositories import TwoRepositories


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoRepositories]:
    made, before = TwoRepositories(tmp_path), Path.cwd()
    os.chdir(made.data)
    yield made
    os.chdir(before)


@pytest.mark.parametrize(("far_is_required", "in_far"), [(True, [3]), (False, [])])
def test_segment_goes_to_each_that_is_required(two: TwoRepositories, far_is_required: bool, in_far: list[int]) -> None:
    push = new_push_to_all(two.near.storage, config=two.configuration(far_is_required=far_is_required))
    for _twice in range(2):
        push.store(str(two.segment(3)))
    assert (two.stored(two.near), two.stored(two.far)) == ([3], in_far)


def test_one_that_cannot_take_it_fails_the_whole_and_the_next_try_goes_on(two: TwoRepositories) -> None:
    identity = Path(two.far.path) / "cluster.json"
    identity.rename(identity.with_suffix(".away"))
    push = new_push_to_all(two.near.storage, config=two.configuration())
    with pytest.raises(Unavailable) as caught:
        push.store(str(two.segment(3)))
    assert caught.value.code == "repository-missing"
    identity.with_suffix(".away").rename(identity)
    new_push_to_all(two.near.storage, config=two.configuration()).store(str(two.segment(3)))
    assert (two.stored(two.near), two.stored(two.far)) == ([3], [3])


def test_other_content_in_one_of_them_is_told(two: TwoRepositories) -> None:
    two.store(two.far, 3, body=b"another server's")
    with pytest.raises(Refused) as caught:
        new_push_to_all(two.near.storage, config=two.configuration()).store(str(two.segment(3)))
    assert caught.value.code == "segment-differs" and two.far.path in caught.value.message
