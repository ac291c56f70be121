# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.files import (
    fsync_descriptor,
    fsync_directory,
    list_directory,
    open_regular,
    read_lines,
    read_text,
    write_all,
    write_durably,
)


def test_file_is_replaced_whole_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "it's a file"
    write_durably(str(path), b"old")
    write_durably(str(path), b"new", mode=0o640)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["it's a file"]


def test_directory_that_cannot_be_fsynced_is_no_failure() -> None:
    # The kernel refuses it there with EINVAL, as CIFS and some of FUSE do.
    with pytest.raises(OSError, match="Invalid argument"):
        os.fsync(os.open("/proc", os.O_RDONLY))
    fsync_directory("/proc")


def test_pipe_is_no_directory() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(OSError, match="Invalid argument"):
            fsync_descriptor(writing)
    finally:
        os.close(reading)
        os.close(writing)


def test_failure_names_the_file_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "file"
    with pytest.raises(Unavailable) as caught:
        write_durably(str(path), b"")
    assert caught.value.code == "write-failed"
    assert str(path) in caught.value.message


def test_target_that_is_a_directory_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    with pytest.raises(Unavailable):
        write_durably(str(tmp_path / "directory"), b"")
    assert os.listdir(tmp_path) == ["directory"]


def test_missing_file_has_no_text(tmp_path: Path) -> None:
    assert read_text(str(tmp_path / "none")) is None


def test_directory_that_is_not_there_has_no_names(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert list_directory(str(tmp_path)) == ["file"]
    assert list_directory(str(tmp_path / "none")) == []
    assert list_directory(str(tmp_path / "file")) == []


def test_all_is_written_to_a_pipe_that_takes_less_at_a_time() -> None:
    reading, writing = os.pipe()
    content = os.urandom(300_000)
    found: list[bytes] = []

    def read() -> None:
        with os.fdopen(reading, "rb") as stream:
            found.append(stream.read())

    reader = threading.Thread(target=read)
    reader.start()
    os.set_blocking(writing, True)
    write_all(writing, memoryview(content))
    os.close(writing)
    reader.join()
    assert found == [content]


def test_what_would_wait_for_somebody_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", "/dev/zero", tmp_path):
        with pytest.raises(Damaged) as caught:
            read_text(str(path))
        assert caught.value.code == "file-not-regular"


def test_link_is_followed_where_that_is_meant(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    os.close(open_regular(str(tmp_path / "link")))
    os.close(open_regular(str(tmp_path / "file"), follow_link=False))
    for target in ("file", "missing", "link"):
        (tmp_path / "link").unlink()
        (tmp_path / "link").symlink_to(target)
        with pytest.raises(OSError) as caught:
            open_regular(str(tmp_path / "link"), follow_link=False)
        assert caught.value.errno == errno.ELOOP


def test_a_file_that_is_too_large_is_not_read_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x" * 100)
    assert read_text(str(path), limit_bytes=100) == "x" * 100
    os.truncate(path, 1 << 40)
    with pytest.raises(Damaged) as caught:
        read_text(str(path))
    assert caught.value.code == "file-too-large"


def test_what_a_killed_run_left_goes_with_the_next_writing(tmp_path: Path) -> None:
    (tmp_path / ".x.0123456789abcdef.tmp").write_bytes(b"half")
    write_durably(str(tmp_path / "x"), b"whole")
    assert os.listdir(tmp_path) == ["x"]


def test_a_file_that_somebody_put_there_beforehand_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(b"theirs")
    for name in (f"x.{os.getpid()}.tmp", ".x.tmp"):
        os.link(tmp_path / "theirs", tmp_path / name)
    write_durably(str(tmp_path / "x"), b"ours")
    assert (tmp_path / "theirs").read_bytes() == b"theirs"
    assert (tmp_path / "x").stat().st_nlink == 1


def test_lines_are_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\ntwo")
    assert [*read_lines(str(path), limit_bytes=7)] == [b"one\n", b"two"]
    with pytest.raises(Damaged) as caught:
        _lines = [*read_lines(str(path), limit_bytes=6)]
    assert caught.value.code == "file-too-large"
