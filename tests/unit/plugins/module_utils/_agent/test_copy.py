# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.copy import new_parser, outcome_text, run
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.copying.backups import CopiedBackups
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.copying.copy import CopyOutcome
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.copying.wal import CopiedWal
from two_repositories import TwoRepositories


@pytest.fixture
def two(tmp_path: Path) -> TwoRepositories:
    made = TwoRepositories(tmp_path)
    values = made.configuration()
    (tmp_path / "db1.conf").write_text("".join(f"{key} = {value}\n" for key, value in values.items() if value))
    made.store(made.near, 3)
    return made


def copy(two: TwoRepositories, *arguments: str) -> int:
    return run(new_parser().read(["--cluster", "db1", "--config-directory", str(two.data.parent), *arguments]))


def test_first_is_copied_to_each_other(two: TwoRepositories, capsys: pytest.CaptureFixture[str]) -> None:
    assert copy(two, "--dry-run") == 0
    assert capsys.readouterr().out.startswith("near to far: would be copied: 1 WAL file (")
    assert two.stored(two.far) == []
    assert copy(two) == 0 and two.stored(two.far) == [3]


def test_the_other_way_round(two: TwoRepositories) -> None:
    two.store(two.far, 4)
    assert copy(two, "--from", "far", "--to", "near") == 0
    assert two.stored(two.near) == [3, 4]


@pytest.mark.parametrize("arguments", [("--to", "none"), ("--from", "none"), ("--from", "far", "--to", "far")])
def test_names_that_are_none_are_refused(two: TwoRepositories, arguments: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput) as caught:
        copy(two, *arguments)
    assert caught.value.code == "repositories-invalid"


@pytest.mark.parametrize(
    ("wal", "backups", "done", "text"),
    [
        (CopiedWal(), CopiedBackups(), True, "a to b: nothing is missing\n"),
        (CopiedWal(2, 2048), CopiedBackups(), True, "a to b: 2 WAL files (2.00 KiB), no backups\n"),
        (CopiedWal(1, 1), CopiedBackups(["L"]), False, "a to b: would be copied: 1 WAL file (1 B), 1 backup: L\n"),
        (CopiedWal(told=["p"]), CopiedBackups(), True, "a to b: 0 WAL files (0 B), no backups\n  p\n"),
    ],
)
def test_outcome_in_words(wal: CopiedWal, backups: CopiedBackups, done: bool, text: str) -> None:
    assert outcome_text(CopyOutcome("a", "b", wal, backups), done=done) == text
