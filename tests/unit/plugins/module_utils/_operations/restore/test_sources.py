# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import record_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.sources import (
    check_sources,
    source_notes,
)
from sample_plan import BACKUP, REPLAY
from two_repositories import NAMES, TwoRepositories


@pytest.fixture
def two(tmp_path: Path) -> TwoRepositories:
    made = TwoRepositories(tmp_path)
    size = made.near.identity().segment_size
    made.replay = replace(  # type: ignore[attr-defined]
        REPLAY,
        stop=replace(REPLAY.stop, backup=replace(BACKUP, segment_size=size)),
        wal=(SegmentRange(1, 3, 7),),
    )
    return made


def record(two: TwoRepositories, *names: str) -> None:
    for name in names:
        getattr(two, name).storage.put(record_key(BACKUP.label), [str(BACKUP).encode()])


def test_one_repository_needs_no_word(two: TwoRepositories) -> None:
    assert source_notes(two.near, two.replay) == ()  # type: ignore[attr-defined]


def test_all_from_the_first_needs_no_word(two: TwoRepositories) -> None:
    record(two, "near", "far")
    two.store(two.near, 3, 4, 5, 6)
    two.store(two.far, 3)
    assert source_notes(two.both(), two.replay) == ()  # type: ignore[attr-defined]


def test_what_comes_from_another_is_named(two: TwoRepositories) -> None:
    record(two, "far")
    two.store(two.near, 3, 6)
    two.store(two.far, 3, 4, 5)
    assert source_notes(two.both(), two.replay) == (  # type: ignore[attr-defined]
        f"the backup {BACKUP.label} comes from the repository 'far'",
        f"from the repository 'far': 2 segments of WAL ({NAMES[4]} to {NAMES[5]})",
    )


@pytest.mark.parametrize(
    ("away", "far_is_required", "archives", "why"),
    [
        pytest.param("far", False, True, "", id="not required"),
        pytest.param("far", True, False, "", id="a copy has another one"),
        pytest.param("far", True, True, "the restored server has to archive there", id="required for the new timeline"),
        pytest.param("near", True, True, "the restored server has to archive there", id="the first one"),
        pytest.param("near", True, False, "", id="a copy has the second"),
        pytest.param("near", False, False, "nothing else tells where the archive ends", id="no required one is left"),
    ],
)
def test_one_that_is_away_is_named_and_refused_where_it_is_needed(
    two: TwoRepositories, away: str, far_is_required: bool, archives: bool, why: str
) -> None:
    other = {"near": two.far, "far": two.near}[away]
    other.storage.put(record_key(BACKUP.label), [str(BACKUP).encode()])
    two.store(other, 3, 4, 5, 6)
    place = getattr(two, away).path
    Path(place).rename(f"{place}.away")
    both = two.both(far_is_required=far_is_required)
    notes = source_notes(both, two.replay)  # type: ignore[attr-defined]
    assert f"the repository '{away}' is left out: " in " ".join(notes)
    if not why:
        check_sources(both, two.replay, archives=archives)  # type: ignore[attr-defined]
        return
    with pytest.raises(Unavailable) as caught:
        check_sources(both, two.replay, archives=archives)  # type: ignore[attr-defined]
    assert caught.value.code == "repository-required-away"
    assert f"'{away}' is required and cannot be used ({why}): " in caught.value.message


@pytest.mark.parametrize("numbers", [(4,), (4, 6)])
def test_repository_of_another_history_is_refused_needed_or_not(two: TwoRepositories, numbers: tuple[int, ...]) -> None:
    record(two, "near", "far")
    two.store(two.near, 3, 4, 5, 6)
    two.store(two.far, *numbers)
    check_sources(two.near, two.replay, archives=True)  # type: ignore[attr-defined]
    check_sources(two.both(), two.replay, archives=True)  # type: ignore[attr-defined]
    for number in numbers:
        for path in two.file(two.far, number).parent.glob(f"{NAMES[number]}*"):
            path.unlink()
    two.store(two.far, *numbers, body=b"another server's")
    with pytest.raises(Refused) as caught:
        check_sources(two.both(), two.replay, archives=True)  # type: ignore[attr-defined]
    assert caught.value.code == "repositories-differ" and NAMES[numbers[-1]] in caught.value.message
