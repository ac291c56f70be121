# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory keeps what every storage has to keep; and what a directory alone has to."""

from __future__ import annotations

import inspect
import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import AlreadyStored, Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage, FileReading
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.place import ANY
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.port import Reading, Storage
from storage_contract import ListContract, PutContract
from storage_contract_processes import FailureContract, LeaseContract, WritersContract
from storage_directory_place import DirectoryPlace, directory_place
from storage_place import KEY


@pytest.fixture
def place(tmp_path: Path) -> Iterator[DirectoryPlace]:
    """An empty directory, for root on a file system that can be unmounted."""
    with directory_place(tmp_path, DirectoryPlace) as made:
        yield made


class TestDirectory(PutContract, ListContract, LeaseContract, WritersContract, FailureContract):
    """The directory."""


def test_a_directory_has_all_that_the_port_asks_for() -> None:
    for port, kind in ((Storage, DirectoryStorage), (Reading, FileReading)):
        for name in (name for name in vars(port) if not name.startswith("_") or name == "__iter__"):
            if callable(getattr(port, name)):
                assert inspect.signature(getattr(kind, name)) == inspect.signature(getattr(port, name)), name


def test_a_file_is_on_disk_before_it_has_its_name_and_the_name_before_it_counts(place: DirectoryPlace) -> None:
    calls: list[str] = []

    def note(_frame: object, event: str, function: object) -> None:
        name = getattr(function, "__name__", "")
        if event == "c_call" and name in ("write", "fsync", "link", "rename", "unlink"):
            calls.append(name)

    sys.setprofile(note)
    try:
        place.storage().put("a/b", [b"x"])
        place.storage().put("a/b", [b"x"])
        place.storage().put("a/b", [b"y"], replaces=ANY)
    finally:
        sys.setprofile(None)
    directories = ["fsync", "fsync"]
    assert calls == [
        *["write", "fsync", "link", "unlink", "unlink", *directories],
        *["fsync", "unlink", *directories],
        *["write", "fsync", "rename", "unlink", *directories],
    ]


def test_everything_is_for_the_owner_alone_under_any_umask(place: DirectoryPlace) -> None:
    before = os.umask(0o000)
    try:
        place.storage().put("a/b/c", [b"x"])
        os.umask(0o277)
        place.storage().put("d/e/f", [b"x"], replaces=ANY)
    finally:
        os.umask(before)
    for path in place.path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_without_hard_links_nothing_is_overwritten(place: DirectoryPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(_source: str, _target: str) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    assert place.storage().put(KEY, [b"first"]) is not None
    with pytest.raises(AlreadyStored):
        place.storage().put(KEY, [b"other"])
    assert place.storage().put(KEY, [b"first"]) is None
    assert place.everything() == [KEY]


def test_what_earlier_releases_left_is_stale_once_it_is_old(place: DirectoryPlace) -> None:
    for name in ("verify.json.4711.tmp", "pinned.json.4712.tmp", "backup_manifest.tmp"):
        (place.path / name).write_text("half")
    assert place.storage().unfinished() == []
    os.utime(place.path / "verify.json.4711.tmp", (time.time() - 7200,) * 2)
    assert place.storage().unfinished() == ["verify.json.4711.tmp"]
    place.storage().discard(["verify.json.4711.tmp", "pinned.json.4712.tmp"])
    assert place.everything() == ["backup_manifest.tmp", "pinned.json.4712.tmp"]


def test_adopted_files_are_for_the_owner_alone(place: DirectoryPlace) -> None:
    directory = Path(str(place.storage().local_directory("backups/a")))
    directory.mkdir(parents=True, mode=0o755)
    (directory / "base.tar").write_bytes(b"x")
    (directory / "base.tar").chmod(0o644)
    place.storage().adopt("backups/a")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (directory, directory / "base.tar")] == [0o700, 0o600]
    assert place.storage().read_all("backups/a/base.tar") == b"x"


def test_folders_that_are_empty_go_and_those_at_the_top_stay(place: DirectoryPlace) -> None:
    place.storage().put(KEY, [b"x"])
    place.storage().delete([KEY])
    assert [path.name for path in place.path.iterdir()] == ["wal"]
    (place.path / "wal/00000002").mkdir()
    place.storage().prune("wal/00000002")
    place.storage().prune("wal/00000003")
    assert list((place.path / "wal").iterdir()) == []


def test_a_directory_knows_what_it_lies_in(place: DirectoryPlace) -> None:
    outer, name = place.storage().outside()
    assert (outer.address(), name) == (str(place.path.parent), place.path.name)


@pytest.mark.parametrize("kind", ["fifo", "directory", "device"])
def test_only_files_are_read_and_nothing_waits(kind: str, place: DirectoryPlace) -> None:
    path = place.path / "verify.json"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    storage = place.storage()
    for read in (storage.read, storage.read_all, lambda key: storage.put(key, [b"x"])):
        with pytest.raises(Damaged) as caught:
            read("verify.json")
        assert caught.value.code == "file-not-regular"


def test_a_fifo_instead_of_a_lease_is_not_waited_for(place: DirectoryPlace) -> None:
    os.mkfifo(place.path / ".lock")
    assert place.storage().holder(".lock") is None
    assert place.storage().is_held(".lock") is False
    with place.storage().lease(".lock", shared=True):
        pass


def test_a_file_that_grew_beyond_all_bounds_is_not_read_as_a_whole(place: DirectoryPlace) -> None:
    (place.path / "verify.json").write_bytes(b"")
    os.truncate(place.path / "verify.json", 1 << 40)
    with pytest.raises(Damaged) as caught:
        place.storage().read_all("verify.json")
    assert caught.value.code == "file-too-large"


def test_what_a_killed_writer_left_goes_with_the_next_put_of_its_key(place: DirectoryPlace) -> None:
    (place.path / "a").mkdir()
    for name in (".b.tmp", ".b.0123456789abcdef.tmp"):
        (place.path / "a" / name).write_bytes(b"half")
    place.storage().put("a/b", [b"whole"])
    assert place.everything() == ["a/b"]


def test_what_lies_under_the_name_of_a_turn_is_never_written_to(place: DirectoryPlace) -> None:
    (place.path / "theirs").write_bytes(b"")
    (place.path / "a").mkdir()
    os.link(place.path / "theirs", place.path / "a" / ".b.tmp")
    place.storage().put("a/b", [b"ours"])
    assert (place.path / "theirs").read_bytes() == b""
    assert place.storage().read_all("a/b") == b"ours"
