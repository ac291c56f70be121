# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes in pieces is on disk as a file when the writer has finished, and a failure is told."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream import direct_write
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.direct_write import LARGE_BYTES, DirectWriter

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
AGAIN = os.O_WRONLY | os.O_CREAT


@pytest.fixture
def writer() -> Iterator[DirectWriter]:
    with closing(DirectWriter()) as made:
        yield made


def write(writer: DirectWriter, path: Path, content: bytes, *, step: int = 1 << 19, flags: int = NEW) -> None:
    file = writer.open(str(path), flags, mode=0o600, size_bytes=len(content))
    for start in range(0, len(content), step):
        file.write(memoryview(bytearray(content[start : start + step])))
    file.end()


@pytest.mark.parametrize(
    "size_bytes", [0, 1, 4096, LARGE_BYTES - 1, LARGE_BYTES, LARGE_BYTES + 1, 20 * LARGE_BYTES + 512]
)
@pytest.mark.parametrize("step", [1 << 19, 100_001, 1 << 22])
def test_file_has_what_was_written(writer: DirectWriter, tmp_path: Path, size_bytes: int, step: int) -> None:
    content = os.urandom(size_bytes)
    write(writer, tmp_path / "file", content, step=step)
    writer.finish()
    assert (tmp_path / "file").read_bytes() == content
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_files_that_are_written_at_once_do_not_mix(writer: DirectWriter, tmp_path: Path) -> None:
    contents = {str(number): os.urandom(3 * LARGE_BYTES + number) for number in range(4)}
    files = {
        name: writer.open(str(tmp_path / name), NEW, mode=0o600, size_bytes=len(content))
        for name, content in contents.items()
    }
    for start in range(0, 4 * LARGE_BYTES, 300_000):
        for name, content in contents.items():
            files[name].write(memoryview(content[start : start + 300_000]))
    for file in files.values():
        file.end()
    writer.finish()
    assert {name: (tmp_path / name).read_bytes() for name in contents} == contents


def test_longer_file_is_replaced_as_a_whole(writer: DirectWriter, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"o" * 3 * LARGE_BYTES)
    write(writer, tmp_path / "file", b"n" * (LARGE_BYTES + 5), flags=AGAIN)
    writer.finish()
    assert (tmp_path / "file").read_bytes() == b"n" * (LARGE_BYTES + 5)


def test_it_is_written_through_the_cache_where_there_is_no_direct_io(
    writer: DirectWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = fcntl.fcntl

    def refuse(descriptor: int, command: int, flags: int = 0) -> int:
        if flags & os.O_DIRECT:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return asked(descriptor, command, flags)

    monkeypatch.setattr(direct_write.fcntl, "fcntl", refuse)
    content = os.urandom(2 * LARGE_BYTES + 7)
    write(writer, tmp_path / "file", content)
    writer.finish()
    assert (tmp_path / "file").read_bytes() == content


def test_a_piece_that_direct_io_refuses_goes_through_the_cache(writer: DirectWriter, tmp_path: Path) -> None:
    file = writer.open(str(tmp_path / "file"), NEW, mode=0o600, size_bytes=10)
    # No disk takes seven bytes at an odd place.
    file.write_at(memoryview(b"x" * 7), 3)
    file.end()
    writer.finish()
    assert (tmp_path / "file").read_bytes() == bytes(3) + b"x" * 7


def in_a_process(act: Callable[[], None]) -> None:
    """Whose limits are its own."""
    pid = os.fork()
    if not pid:
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            act()
        except BaseException:  # noqa: BLE001 - the parent fails by the exit code
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


def test_failure_of_a_thread_is_raised_with_the_file(tmp_path: Path) -> None:
    def act() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3 * LARGE_BYTES, 3 * LARGE_BYTES))
        writer = DirectWriter()
        file = writer.open(str(tmp_path / "file"), NEW, mode=0o600, size_bytes=LARGE_BYTES)
        with pytest.raises(OSError, match="File too large") as caught:
            for _each in range(100):
                file.write(memoryview(bytes(LARGE_BYTES)))
        assert caught.value.filename == str(tmp_path / "file")
        file.abandon()
        with pytest.raises(OSError, match="File too large"):
            writer.finish()

    in_a_process(act)


@pytest.mark.parametrize("function", ["pwrite", "fsync"])
def test_whatever_a_thread_meets_is_raised_and_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def fail(*_arguments: object) -> None:
        raise MemoryError(function)

    writer = DirectWriter()
    file = writer.open(str(tmp_path / "file"), NEW, mode=0o600, size_bytes=100 * LARGE_BYTES)
    monkeypatch.setattr(direct_write.os, function, fail)
    with pytest.raises(MemoryError, match=function):
        for _each in range(100):
            file.write(memoryview(bytes(LARGE_BYTES)))
        file.end()
        writer.finish()
    writer.close()


def test_file_that_has_no_room_is_refused_at_once(tmp_path: Path) -> None:
    def act() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGE_BYTES, LARGE_BYTES))
        with pytest.raises(OSError, match="File too large"), closing(DirectWriter()) as writer:
            writer.open(str(tmp_path / "file"), NEW, mode=0o600, size_bytes=2 * LARGE_BYTES)

    in_a_process(act)


@pytest.mark.parametrize("allowed", [0, 1])
def test_fewer_threads_than_wanted_are_enough_and_none_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int
) -> None:
    """As under a limit of processes."""
    really, started = threading.Thread.start, []

    def start(thread: threading.Thread) -> None:
        if len(started) == allowed:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        really(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    content = os.urandom(3 * LARGE_BYTES + 5)
    with closing(DirectWriter()) as writer:
        if not allowed:
            with pytest.raises(RuntimeError, match="new thread"):
                writer.open(str(tmp_path / "a"), os.O_WRONLY | os.O_CREAT, mode=0o600, size_bytes=len(content))
            return
        file = writer.open(str(tmp_path / "a"), os.O_WRONLY | os.O_CREAT, mode=0o600, size_bytes=len(content))
        file.write(memoryview(content))
        file.end()
        writer.finish()
    assert (tmp_path / "a").read_bytes() == content
