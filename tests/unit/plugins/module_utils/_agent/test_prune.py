# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.prune import new_parser, outcome_text, run
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.received_pruning import PruneOutcome
from registered_cluster import segment_content
from two_repositories import NAMES, TwoRepositories


@pytest.fixture
def received(tmp_path: Path) -> Path:
    made = tmp_path / "received"
    made.mkdir()
    for number in (1, 2, 3):
        (made / NAMES[number]).write_bytes(segment_content(number, body=b"x"))
    return made


@pytest.fixture
def two(tmp_path: Path) -> TwoRepositories:
    made = TwoRepositories(tmp_path)
    made.store(made.near, 1, 2)
    made.store(made.far, 2)
    return made


def configure(two: TwoRepositories, *, far_is_required: bool) -> None:
    values = two.configuration(far_is_required=far_is_required)
    path = two.data.parent / "db1.conf"
    path.write_text("".join(f"{key} = {value}\n" for key, value in values.items() if value))


def prune(received: Path, *arguments: str) -> int:
    place = ["--cluster", "db1", "--config-directory", str(received.parent), "--directory", str(received)]
    return run(new_parser().read([*place, *arguments]))


def left(received: Path) -> list[str]:
    return sorted(path.name for path in received.iterdir())


def test_every_required_repository_counts(two: TwoRepositories, received: Path) -> None:
    configure(two, far_is_required=True)
    assert prune(received) == 0
    assert left(received) == [NAMES[1], NAMES[3]]


def test_one_that_is_not_required_does_not_count(
    two: TwoRepositories, received: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(two, far_is_required=False)
    assert prune(received, "--dry-run") == 0
    assert capsys.readouterr().out == "db1: 2 received segments (2.00 MiB) would be removed\n"
    assert prune(received) == 0
    assert left(received) == [NAMES[3]]


def test_on_the_host_that_keeps_the_repository(two: TwoRepositories, received: Path) -> None:
    assert prune(received, "--repository", str(Path(two.near.path).parent)) == 0
    assert left(received) == [NAMES[3]]


def test_a_problem_is_the_exit_code(two: TwoRepositories, received: Path) -> None:
    (received / NAMES[1]).write_bytes(segment_content(1, body=b"y"))
    assert prune(received, "--repository", str(Path(two.near.path).parent)) == 1
    assert left(received) == [NAMES[1], NAMES[3]]


def test_a_relative_directory_is_refused(received: Path) -> None:
    options = new_parser().read(["--cluster", "db1", "--directory", "received", "--repository", str(received.parent)])
    with pytest.raises(InvalidInput) as caught:
        run(options)
    assert caught.value.code == "path-not-absolute"


@pytest.mark.parametrize(
    ("outcome", "done", "text"),
    [
        (PruneOutcome(), True, "db1: 0 received segments (0 B) removed\n"),
        (PruneOutcome(["a"], 2048), False, "db1: 1 received segment (2.00 KiB) would be removed\n"),
        (PruneOutcome(waiting=2), True, "db1: 0 received segments (0 B) removed; 2 segments not archived yet\n"),
        (PruneOutcome(problems=["a stays"]), True, "db1: 0 received segments (0 B) removed\na stays\n"),
    ],
)
def test_outcome_in_words(outcome: PruneOutcome, done: bool, text: str) -> None:
    assert outcome_text(outcome, name="db1", done=done) == text
