# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What archive-get answers where there are several repositories."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.wal.get import run
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from registered_cluster import segment_content
from two_repositories import NAMES, TwoRepositories, spoiled

WHOLE, DAMAGED, HOLE, END, AWAY, FOREIGN = "whole", "damaged", "hole", "end", "away", "foreign"


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TwoRepositories:
    made = TwoRepositories(tmp_path)
    (made.data / "global").mkdir()
    monkeypatch.chdir(made.data)
    return made


def arrange(two: TwoRepositories, states: tuple[str, str]) -> None:
    for folder, state in zip((two.near, two.far), states):
        two.store(folder, 4)
        if state in (WHOLE, DAMAGED, FOREIGN):
            two.store(folder, 5)
        if state == HOLE:
            two.store(folder, 6)
        if state == DAMAGED:
            spoiled(two.file(folder, 5))
        path = Path(folder.path)
        if state == AWAY:
            path.parent.rename(f"{path.parent}.away")
        if state == FOREIGN:
            text = (path / "cluster.json").read_text().replace('"7123456789012345678"', '"1"')
            (path / "cluster.json").write_text(text)
    two.segment(5).unlink()


def get(two: TwoRepositories, *, far_is_required: bool) -> int | str:
    config = two.data.parent / "db1.conf"
    values = two.configuration(far_is_required=far_is_required)
    config.write_text("".join(f"{key} = {value}\n" for key, value in values.items() if value))
    try:
        return run(["--cluster", "db1", NAMES[5], str(two.data / "got")], config_directory=str(config.parent))
    except PitrError as error:
        return error.code


@pytest.mark.parametrize("far_is_required", [True, False])
@pytest.mark.parametrize(
    "states",
    [(WHOLE, AWAY), (DAMAGED, WHOLE), (HOLE, WHOLE), (END, WHOLE), (AWAY, WHOLE), (WHOLE, DAMAGED), (WHOLE, END)],
    ids="-".join,
)
def test_segment_is_taken_from_where_it_is_whole(
    two: TwoRepositories, states: tuple[str, str], far_is_required: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    arrange(two, states)
    assert get(two, far_is_required=far_is_required) == 0
    assert (two.data / "got").read_bytes() == segment_content(5, body=b"x")
    assert ("comes from the repository 'far'" in capfd.readouterr().err) is (states[0] != WHOLE)


@pytest.mark.parametrize(
    ("states", "far_is_required", "expected"),
    [
        pytest.param((END, END), True, 1, id="both end"),
        pytest.param((END, END), False, 1, id="both end, one not required"),
        pytest.param((END, AWAY), True, 1, id="one ends that has all"),
        pytest.param((AWAY, END), True, 1, id="the other ends that has all"),
        pytest.param((AWAY, END), False, "repository-missing", id="only one ends that may be behind"),
        pytest.param((AWAY, AWAY), True, "repository-missing", id="none can be asked"),
        pytest.param((DAMAGED, END), True, "segment-damaged", id="damaged and missing"),
        pytest.param((DAMAGED, AWAY), True, "segment-damaged", id="damaged and away"),
        pytest.param((END, HOLE), True, "segment-hole", id="later ones in the other"),
        pytest.param((HOLE, AWAY), True, "segment-hole", id="later ones and away"),
    ],
)
def test_end_of_the_archive_is_what_one_with_all_says(
    two: TwoRepositories, states: tuple[str, str], far_is_required: bool, expected: int | str
) -> None:
    arrange(two, states)
    assert get(two, far_is_required=far_is_required) == expected
    assert not (two.data / "got").exists()


def test_file_that_cannot_be_read_is_not_the_end_of_the_archive(two: TwoRepositories) -> None:
    two.store(two.near, 5)
    path = two.file(two.near, 5)
    path.rename(path.with_suffix(".gz.age"))
    assert get(two, far_is_required=True) == "identity-missing"


def test_repository_that_has_nothing_of_the_cluster_yet_says_nothing(two: TwoRepositories) -> None:
    two.store(two.near, 5)
    path = Path(two.far.path)
    (path.parent / "db2").mkdir()
    (path / "cluster.json").rename(path.parent / "db2" / "cluster.json")
    assert get(two, far_is_required=True) == 0
    two.file(two.near, 5).unlink()
    assert get(two, far_is_required=True) == 1


def test_segment_of_another_cluster_is_never_taken(two: TwoRepositories) -> None:
    (two.data / "global" / "pg_control").write_bytes((7123456789012345678).to_bytes(8, "little"))
    arrange(two, (END, FOREIGN))
    assert get(two, far_is_required=True) == "repository-foreign"


def test_segment_of_another_history_is_never_taken(two: TwoRepositories) -> None:
    two.store(two.near, 4)
    two.store(two.far, 4, 5, body=b"another server's")
    assert get(two, far_is_required=True) == "repositories-differ"
