# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.main import main
from registered_cluster import register
from sample_backup import sample_backup

LABELS = [f"2026091{day}T110000Z-full" for day in range(1, 6)]
NEWEST = LABELS[-1]


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    """The options that name a cluster with five backups, the newest of which has two pins."""
    repository, etc = tmp_path / "repository", tmp_path / "etc"
    repository.mkdir(mode=0o700)
    etc.mkdir()
    folder = register(repository, data_directory=tmp_path)
    for label in LABELS:
        directory = Path(folder.backups_directory) / label
        directory.mkdir(parents=True, mode=0o700)
        (directory / "backup.json").write_text(str(sample_backup(label)), encoding="utf-8")
    (etc / f"{folder.name}.conf").write_text(f"repository_path = {repository}\n", encoding="utf-8")
    options = ["--cluster", folder.name, "--config-directory", str(etc)]
    assert main(["pin", NEWEST, *options, "--reason", "audit"]) == 0
    assert main(["pin", NEWEST, *options, "--reason", "move"]) == 0
    return options


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(
            ["pin", NEWEST, "--until", "2026-11-24"], "usage", "--until '2026-11-24' is not a time", id="date"
        ),
        pytest.param(["pin", NEWEST, "--until="], "usage", "--until '' is not a", id="empty"),
        pytest.param(["pin", NEWEST, "--until", "soon"], "usage", "'2030-01-31T00:00:00+01:00'", id="no moment"),
        pytest.param(
            ["pin", NEWEST, "--until", "2020-01-01T00:00:00Z"], "option-out-of-range", "--until '2020-", id="past"
        ),
        pytest.param(["pin", "x"], "backup-unknown", f"{', '.join(LABELS[2:])} and 2 more", id="no such backup"),
        pytest.param(["unpin", NEWEST], "pin-unknown", "Its reasons are: 'audit', 'move'.", id="no such reason"),
    ],
)
def test_what_is_wrong_is_named(
    place: list[str], capfd: pytest.CaptureFixture[str], arguments: list[str], code: str, words: str
) -> None:
    assert main([*arguments, *place, "--reason", "adit"]) == 1
    said = capfd.readouterr().err
    assert f"[{code}]" in said
    assert words in said
    assert "target_time" not in said and "pitr_restore" not in said


def test_dry_run_changes_nothing(place: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    assert main(["pin", LABELS[0], *place, "--reason", "audit", "--dry-run"]) == 0
    assert main(["unpin", NEWEST, *place, "--reason", "audit", "--dry-run"]) == 0
    assert main(["unpin", NEWEST, *place, "--dry-run"]) == 0
    assert capfd.readouterr().out.splitlines() == [
        f"{LABELS[0]}: would be pinned until it is released: audit",
        f"{NEWEST}: would be released, is pinned until it is released: audit",
        f"{NEWEST}: would be released, is pinned until it is released: audit",
        f"{NEWEST}: would be released, is pinned until it is released: move",
    ]
    assert main(["unpin", LABELS[0], *place]) == 0
    assert main(["unpin", NEWEST, *place]) == 0
    assert capfd.readouterr().out.splitlines() == [
        f"{LABELS[0]}: nothing to release",
        f"{NEWEST}: released, was pinned until it is released: audit",
        f"{NEWEST}: released, was pinned until it is released: move",
    ]


def test_backup_without_a_pin_has_nothing_to_release(place: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["unpin", NEWEST, *place, "--reason", "audit"]) == 0
    assert main(["unpin", NEWEST, *place]) == 0
    capfd.readouterr()
    assert main(["unpin", NEWEST, *place, "--reason", "audit"]) == 0
    assert capfd.readouterr().out == f"{NEWEST}: nothing to release\n"
