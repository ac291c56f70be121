# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import VERIFY_FILE
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state import VerifyState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state_text import format_state
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.known_damage import (
    KnownDamage,
    read_known_damage,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.file_identity import file_identity

LABEL = "20261122T151500Z-full"
MOMENT = datetime(2026, 11, 22, 15, 15, tzinfo=timezone.utc)
Archive = Callable[[int], Path]


@pytest.fixture
def archive(folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path) -> Archive:
    """Stores the segment of this number; where it lies."""

    def store(number: int) -> Path:
        path = make_segment(number)
        folder.store_wal(str(path), data_directory=str(data_directory), compression="gzip")
        return Path(folder.find_wal(path.name) or "")

    return store


def note(folder: ClusterFolder, *paths: Path, segments: tuple[str, ...] = ()) -> None:
    """Note that the files at these paths were found damaged as they are now, and that the segments were gone."""
    state = VerifyState(SegmentSize(1 << 20))
    for name in segments:
        state.add_damaged_segment(name, moment=MOMENT, identity=None)
    for path in paths:
        identity = file_identity(str(path))
        if path.parent.parent == Path(folder.backups_directory):
            state.add_damaged_file(path.parent.name, name=path.name, moment=MOMENT, identity=identity)
        else:
            state.add_damaged_segment(path.name[:24], moment=MOMENT, identity=identity)
    Path(folder.path, VERIFY_FILE).write_text(format_state(state), encoding="utf-8")


def link(path: Path) -> None:
    """What a snapshot by ``cp -al`` does."""
    os.link(path, path.with_name("elsewhere"))


def put_beside(path: Path) -> None:
    """What rsync does: a file of the same size and age takes the place."""
    found = path.stat()
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    os.utime(copy, ns=(found.st_atime_ns, found.st_mtime_ns))
    copy.replace(path)


def write(path: Path) -> None:
    path.write_bytes(b"good")


CHANGES: dict[str, tuple[Callable[[Path], object], bool]] = {
    "nobody touched it": (lambda path: None, True),
    "its rights changed": (lambda path: path.chmod(0o400), True),
    "its owner was set": (lambda path: os.chown(path, os.getuid(), os.getgid()), True),
    "it got another link": (link, True),
    "it was written again": (write, False),
    "its age changed": (lambda path: os.utime(path, (0, 0)), False),
    "another took its place": (put_beside, False),
    "it is gone": (Path.unlink, False),
}


@pytest.mark.parametrize("case", CHANGES)
def test_noted_segment_is_damaged_until_it_is_another_file(folder: ClusterFolder, archive: Archive, case: str) -> None:
    change, is_damaged = CHANGES[case]
    path = archive(3)
    note(folder, path)
    change(path)
    assert read_known_damage(folder) == KnownDamage((path.name[:24],) if is_damaged else (), ())


def test_segment_that_was_gone_and_came_back_is_not(folder: ClusterFolder, archive: Archive) -> None:
    note(folder, segments=(archive(3).name[:24], "000000010000000000000009"))
    assert read_known_damage(folder) == KnownDamage()


@pytest.mark.parametrize("case", CHANGES)
def test_backup_with_a_noted_archive(folder: ClusterFolder, case: str) -> None:
    change, is_damaged = CHANGES[case]
    path = Path(folder.backups_directory, LABEL, "base.tar.gz")
    path.parent.mkdir()
    path.write_bytes(b"bad")
    note(folder, path)
    change(path)
    # What a backup lacks can't be restored either.
    expected = {LABEL} if is_damaged or case == "it is gone" else set()
    assert read_known_damage(folder).labels == expected


def test_backup_that_lacked_archives(folder: ClusterFolder) -> None:
    directory = Path(folder.backups_directory, LABEL)
    note(folder, directory / "base.tar.gz", directory / "16400.tar.gz")
    assert read_known_damage(folder).labels == frozenset()
    directory.mkdir()
    ((label, reason),) = read_known_damage(folder).backups
    assert label == LABEL and "'16400.tar.gz', 'base.tar.gz' damaged at 2026-11-22" in reason
    (directory / "base.tar.gz").touch()
    assert read_known_damage(folder).labels == {LABEL}
    (directory / "16400.tar.gz").touch()
    assert read_known_damage(folder).labels == frozenset()


def test_note_that_does_not_say_which_file_stands_until_it_is_verified(folder: ClusterFolder, archive: Archive) -> None:
    path = archive(3)
    damaged = {"segments": {path.name[:24]: "2026-11-22T15:00:00.000000Z"}, "files": {}}
    Path(folder.path, VERIFY_FILE).write_text(json.dumps({"damaged": damaged}), encoding="utf-8")
    path.write_bytes(b"good")
    assert read_known_damage(folder).segments == (path.name[:24],)


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"damaged": 3}', '{"damaged": {"segments": []}}'])
def test_without_a_note_nothing_is_known(folder: ClusterFolder, text: str | None) -> None:
    if text is not None:
        Path(folder.path, VERIFY_FILE).write_text(text, encoding="utf-8")
    assert read_known_damage(folder) == KnownDamage()
