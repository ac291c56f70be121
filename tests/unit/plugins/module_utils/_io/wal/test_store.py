# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import (
    Damaged,
    InvalidInput,
    PitrError,
    Refused,
    Unavailable,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder

METHODS = ("none", "zstd", "lz4", "gzip")
MakeSegment = Callable[..., Path]


def store(folder: ClusterFolder, source: Path, *, compression: str = "gzip") -> bool:
    return folder.store_wal(str(source), data_directory=str(source.parent.parent), compression=compression)


def files_in(folder: ClusterFolder) -> list[str]:
    return sorted(os.path.join(top, name) for top, _unused, names in os.walk(folder.wal_directory) for name in names)


@pytest.mark.parametrize("method", METHODS)
def test_stored_segment_comes_back_as_it_was(
    method: str, folder: ClusterFolder, make_segment: MakeSegment, tmp_path: Path
) -> None:
    source = make_segment(3)
    assert store(folder, source, compression=method) is True
    folder.fetch_wal(source.name, str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == source.read_bytes()
    assert folder.wal_names() == (source.name,)


@pytest.mark.parametrize("again", METHODS)
@pytest.mark.parametrize("first", METHODS)
def test_same_content_succeeds_in_every_compression(
    first: str, again: str, folder: ClusterFolder, make_segment: MakeSegment
) -> None:
    source = make_segment(3)
    store(folder, source, compression=first)
    before = files_in(folder)
    assert store(folder, source, compression=again) is False
    assert files_in(folder) == before


@pytest.mark.parametrize("again", METHODS)
@pytest.mark.parametrize("first", METHODS)
def test_other_content_is_refused_and_nothing_changes(
    first: str, again: str, folder: ClusterFolder, make_segment: MakeSegment, tmp_path: Path
) -> None:
    source = make_segment(3)
    original = source.read_bytes()
    store(folder, source, compression=first)
    make_segment(3, body=b"other")
    with pytest.raises(Refused) as caught:
        store(folder, source, compression=again)
    assert caught.value.code == "segment-differs"
    assert source.name in caught.value.message
    folder.fetch_wal(source.name, str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == original


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("00000002.history", b"1\t0/3000000\tno recovery target specified\n", id="timeline history"),
        pytest.param(
            "000000010000000000000003.00000028.backup", b"START WAL LOCATION: 0/3000028\n", id="backup history"
        ),
    ],
)
def test_text_files_stay_readable(
    name: str, content: bytes, folder: ClusterFolder, data_directory: Path, tmp_path: Path
) -> None:
    source = data_directory / "pg_wal" / name
    source.write_bytes(content)
    assert store(folder, source, compression="zstd") is True
    assert store(folder, source, compression="gzip") is False
    stored = folder.find_wal(name)
    assert stored is not None and Path(stored).read_bytes() == content
    folder.fetch_wal(name, str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == content


def test_partial_segment_is_stored_beside_the_whole_one(folder: ClusterFolder, make_segment: MakeSegment) -> None:
    store(folder, make_segment(3))
    store(folder, make_segment(3, suffix=".partial"))
    assert folder.wal_names() == ("000000010000000000000003", "000000010000000000000003.partial")


def test_name_can_be_given(folder: ClusterFolder, make_segment: MakeSegment, data_directory: Path) -> None:
    source = make_segment(3)
    renamed = source.rename(data_directory / "RECOVERYXLOG")
    assert folder.store_wal(str(renamed), data_directory=str(data_directory), name=source.name, compression="none")
    assert folder.find_wal(source.name) is not None


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-1]), "segment-damaged", id="truncated"),
        pytest.param(lambda path: path.write_bytes(bytes(1 << 20)), "segment-damaged", id="zeroes"),
        pytest.param(lambda path: path.write_bytes(b""), "segment-damaged", id="empty"),
        pytest.param(lambda path: path.unlink(), "source-missing", id="gone"),
    ],
)
def test_source_that_is_no_segment_is_refused(
    spoil: Callable[[Path], object], code: str, folder: ClusterFolder, make_segment: MakeSegment
) -> None:
    source = make_segment(3)
    spoil(source)
    with pytest.raises(PitrError) as caught:
        store(folder, source)
    assert caught.value.code == code
    assert files_in(folder) == []


def test_foreign_segment_is_refused(folder: ClusterFolder, make_segment: MakeSegment) -> None:
    with pytest.raises(Refused) as caught:
        store(folder, make_segment(3, system="42"))
    assert caught.value.code == "segment-foreign"
    assert "42" in caught.value.message
    assert files_in(folder) == []


def test_copy_of_the_data_directory_may_not_write(
    folder: ClusterFolder, make_segment: MakeSegment, tmp_path: Path
) -> None:
    source = make_segment(3)
    (tmp_path / "copy").mkdir()
    with pytest.raises(Refused) as caught:
        folder.store_wal(str(source), data_directory=str(tmp_path / "copy"), compression="none")
    assert caught.value.code == "writer-unknown"
    assert str(tmp_path / "copy") in caught.value.message


@pytest.mark.parametrize("name", ["postgresql.conf", "../../x", "000000010000000000000003.zst", ""])
def test_names_of_other_files_are_refused(
    name: str, folder: ClusterFolder, make_segment: MakeSegment, data_directory: Path
) -> None:
    source = make_segment(3)
    odd = data_directory / "pg_wal" / "odd"
    source.rename(odd)
    with pytest.raises(InvalidInput) as caught:
        folder.store_wal(str(odd), data_directory=str(data_directory), name=name or None, compression="none")
    assert caught.value.code == "invalid-wal-name"


def test_everything_is_for_the_owner_alone_under_any_umask(folder: ClusterFolder, make_segment: MakeSegment) -> None:
    before = os.umask(0o000)
    try:
        store(folder, make_segment(3), compression="none")
        os.umask(0o277)
        store(folder, make_segment(5000), compression="zstd")
    finally:
        os.umask(before)
    for top, directories, names in os.walk(folder.path):
        for name in directories:
            assert stat.S_IMODE(os.stat(os.path.join(top, name)).st_mode) == 0o700, name
        for name in names:
            assert stat.S_IMODE(os.stat(os.path.join(top, name)).st_mode) == 0o600, name


def test_stored_file_that_is_damaged_is_told_and_kept(folder: ClusterFolder, make_segment: MakeSegment) -> None:
    source = make_segment(3)
    store(folder, source)
    stored = Path(str(folder.find_wal(source.name)))
    stored.write_bytes(b"rubbish")
    with pytest.raises(Damaged) as caught:
        store(folder, source)
    assert caught.value.code == "segment-damaged"
    assert stored.read_bytes() == b"rubbish"


def test_missing_checksum_is_written_again_from_the_source(
    folder: ClusterFolder, make_segment: MakeSegment, tmp_path: Path
) -> None:
    source = make_segment(3)
    store(folder, source, compression="none")
    os.unlink(f"{folder.find_wal(source.name)}.crc32")
    assert store(folder, source) is False
    folder.fetch_wal(source.name, str(tmp_path / "back"))


def test_temporary_file_of_a_killed_push_is_replaced(folder: ClusterFolder, make_segment: MakeSegment) -> None:
    source = make_segment(3)
    place = Path(folder.wal_directory, "00000001", "00000000")
    place.mkdir(parents=True)
    (place / f".{source.name}.tmp").write_bytes(b"half")
    (place / f".{source.name}.crc32.tmp").write_bytes(b"half of it, and longer than the right one")
    assert store(folder, source, compression="none") is True
    assert [Path(path).name for path in files_in(folder)] == [source.name, f"{source.name}.crc32"]


def test_file_system_without_hard_links_still_never_overwrites(
    folder: ClusterFolder, make_segment: MakeSegment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def link(_source: str, _target: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    source = make_segment(3)
    assert store(folder, source, compression="zstd") is True
    assert store(folder, source, compression="none") is False
    folder.fetch_wal(source.name, str(tmp_path / "back"))
    assert len(files_in(folder)) == 1


def push_in_another_process(folder: ClusterFolder, source: Path, queue: multiprocessing.Queue[object]) -> None:
    try:
        queue.put(store(folder, source, compression="gzip"))
    except PitrError as error:
        queue.put(error.code)


def test_pushes_at_once_of_one_segment_both_end_well(
    folder: ClusterFolder, make_segment: MakeSegment, tmp_path: Path
) -> None:
    source = make_segment(3, body=os.urandom(900_000))
    queue: multiprocessing.Queue[object] = multiprocessing.Queue()
    pushes = [
        multiprocessing.Process(target=push_in_another_process, args=(folder, source, queue)) for _unused in range(6)
    ]
    for push in pushes:
        push.start()
    results = [queue.get(timeout=60) for _unused in pushes]
    for push in pushes:
        push.join()
    assert sorted(map(str, results)) == ["False"] * 5 + ["True"]
    assert len(files_in(folder)) == 1
    folder.fetch_wal(source.name, str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("method", METHODS)
def test_full_file_system_leaves_nothing(method: str, folder: ClusterFolder, make_segment: MakeSegment) -> None:
    source = make_segment(3, body=os.urandom(900_000))
    # A limit on file size stands for a full disk: the write that passes it fails in the same way.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        with pytest.raises(Unavailable) as caught:
            store(folder, source, compression=method)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.code == "repository-full"
    assert files_in(folder) == []
    assert store(folder, source, compression=method) is True


@pytest.mark.parametrize("method", METHODS)
def test_push_killed_at_any_moment_leaves_the_whole_segment_or_none(
    method: str, folder: ClusterFolder, make_segment: MakeSegment, tmp_path: Path
) -> None:
    for number in range(1, 31):
        source = make_segment(number, body=os.urandom(900_000))
        kill_while_storing(folder, source, method=method, after_seconds=0.001 * number)
        is_there = folder.find_wal(source.name) is not None
        if is_there:
            folder.fetch_wal(source.name, str(tmp_path / "back"))
            assert (tmp_path / "back").read_bytes() == source.read_bytes()
        assert store(folder, source, compression=method) is not is_there
        folder.fetch_wal(source.name, str(tmp_path / "back"))
        assert (tmp_path / "back").read_bytes() == source.read_bytes()
        source.unlink()
    assert not [path for path in files_in(folder) if path.endswith(".tmp")]


def kill_while_storing(folder: ClusterFolder, source: Path, *, method: str, after_seconds: float) -> None:
    process = os.fork()
    if process == 0:
        try:
            store(folder, source, compression=method)
        finally:
            os._exit(0)
    time.sleep(after_seconds)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
