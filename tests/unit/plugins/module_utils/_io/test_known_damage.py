# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify_state import STATE_NAME, VerifyState
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.known_damage import KnownDamage, read_known_damage

LABEL = "20261122T151500Z-full"
Archive = Callable[[int], Path]


@pytest.fixture
def archive(folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path) -> Archive:
    """Stores the segment of this number; where it lies."""

    def store(number: int) -> Path:
        path = make_segment(number)
        folder.store_wal(str(path), data_directory=str(data_directory), compression="gzip")
        return Path(folder.find_wal(path.name) or "")

    return store


def note(folder: ClusterFolder, *segments: str, files: tuple[str, ...] = (), seconds_later: float = 1) -> None:
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds_later)
    state = VerifyState(SegmentSize(1 << 20))
    for name in segments:
        state.add_damaged_segment(name, moment=moment)
    for name in files:
        state.add_damaged_file(LABEL, name=name, moment=moment)
    Path(folder.path, STATE_NAME).write_text(str(state), encoding="utf-8")


def test_noted_segment_that_nobody_touched_is_damaged(folder: ClusterFolder, archive: Archive) -> None:
    name = archive(3).name[:24]
    note(folder, name, "000000010000000000000009")
    assert read_known_damage(folder) == KnownDamage((name,), ())


def test_segment_that_came_later_is_not(folder: ClusterFolder, archive: Archive) -> None:
    note(folder, archive(3).name[:24], seconds_later=-60)
    assert read_known_damage(folder) == KnownDamage()


def test_backup_with_a_damaged_or_missing_archive(folder: ClusterFolder) -> None:
    directory = Path(folder.backups_directory, LABEL)
    note(folder, files=("base.tar.gz", "16400.tar.gz"))
    assert read_known_damage(folder).labels == frozenset()
    directory.mkdir()
    ((label, reason),) = read_known_damage(folder).backups
    assert label == LABEL and "'16400.tar.gz', 'base.tar.gz'" in reason
    (directory / "base.tar.gz").touch()
    (directory / "16400.tar.gz").touch()
    os.utime(directory / "base.tar.gz", (0, 0))
    assert read_known_damage(folder).labels == {LABEL}
    note(folder, files=("base.tar.gz", "16400.tar.gz"), seconds_later=-60)
    assert read_known_damage(folder).labels == frozenset()


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"damaged": 3}', '{"damaged": {"segments": []}}'])
def test_without_a_note_nothing_is_known(folder: ClusterFolder, text: str | None) -> None:
    if text is not None:
        Path(folder.path, STATE_NAME).write_text(text, encoding="utf-8")
    assert read_known_damage(folder) == KnownDamage()
