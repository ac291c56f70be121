# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import random
import shutil
import subprocess
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream import tar_stream as archive_stream
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.compression import FrameError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.lz4_library import Lz4Reader, lz4_library
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.zstd_library import ZstdReader, zstd_library

PIECE_BYTES = 4096
METHODS = [method for method in ("zstd", "lz4") if shutil.which(method)]
CHECKED = {"zstd": "--check", "lz4": "--content-size"}
every_method = pytest.mark.parametrize("method", METHODS)


def packed(data: bytes, *options: str, method: str) -> bytes:
    return subprocess.run([method, "-q", "-c", *options], input=data, stdout=subprocess.PIPE, check=True).stdout


def new_reader(method: str) -> Any:
    if method == "zstd":
        return ZstdReader(zstd_library(), piece_bytes=PIECE_BYTES)
    return Lz4Reader(lz4_library(), piece_bytes=PIECE_BYTES)


def unpacked(stream: bytes, *, step_bytes: int, method: str) -> bytes:
    reader = new_reader(method)
    found = []
    try:
        for start in range(0, len(stream), step_bytes):
            for piece in reader.feed(memoryview(stream)[start : start + step_bytes]):
                assert len(piece) == PIECE_BYTES
                found.append(bytes(piece))
        return b"".join([*found, bytes(reader.finish())])
    finally:
        reader.close()


def mixed(size_bytes: int) -> bytes:
    """Half of it can be compressed."""
    return b"".join(random.Random(number).randbytes(512) + bytes(512) for number in range(size_bytes // 1024 + 1))[
        :size_bytes
    ]


@every_method
@pytest.mark.parametrize("size_bytes", [0, 1, 4095, 4096, 4097, 3 * 4096, 131072, 300_000])
@pytest.mark.parametrize("step_bytes", [1000, 1 << 17])
@pytest.mark.parametrize("is_checked", [False, True], ids=["plain", "with more in the header"])
def test_content_comes_back(method: str, size_bytes: int, step_bytes: int, is_checked: bool) -> None:
    data = mixed(size_bytes)
    stream = packed(data, *([CHECKED[method]] if is_checked else []), method=method)
    assert unpacked(stream, step_bytes=step_bytes, method=method) == data


@every_method
def test_one_byte_at_a_time_gives_the_same(method: str) -> None:
    data = mixed(5_000)
    assert unpacked(packed(data, method=method), step_bytes=1, method=method) == data


@every_method
def test_content_that_compresses_a_hundredfold_comes_back(method: str) -> None:
    data = bytes(8 * 1024 * 1024)
    assert unpacked(packed(data, method=method), step_bytes=1 << 20, method=method) == data


@every_method
def test_frames_behind_each_other_are_one_content(method: str) -> None:
    stream = b"".join(packed(part, method=method) for part in (b"one", b"", b"two"))
    assert unpacked(stream, step_bytes=5, method=method) == b"onetwo"


@every_method
@pytest.mark.parametrize("cut_bytes", [1, 100, 5000])
def test_stream_that_ends_in_the_middle_is_refused(method: str, cut_bytes: int) -> None:
    with pytest.raises(FrameError, match="truncated"):
        unpacked(packed(mixed(100_000), method=method)[:-cut_bytes], step_bytes=1 << 17, method=method)


@every_method
def test_empty_stream_is_refused(method: str) -> None:
    with pytest.raises(FrameError, match="truncated"):
        unpacked(b"", step_bytes=1, method=method)


@every_method
@pytest.mark.parametrize("before", [None, b"one"], ids=["alone", "behind a frame"])
def test_what_the_method_did_not_write_is_refused(method: str, before: bytes | None) -> None:
    stream = b"" if before is None else packed(before, method=method)
    with pytest.raises(FrameError):
        unpacked(stream + b"this is no frame at all", step_bytes=1 << 17, method=method)


@every_method
def test_damaged_byte_is_found_by_the_checksum_of_the_frame(method: str) -> None:
    # lz4's program always writes one.
    stream = bytearray(packed(mixed(100_000), CHECKED[method], method=method))
    stream[len(stream) // 2] ^= 0xFF
    with pytest.raises(FrameError):
        unpacked(bytes(stream), step_bytes=1 << 17, method=method)


@every_method
@pytest.mark.parametrize("has_library", [True, False])
def test_archive_is_read_alike_with_and_without_the_library(tmp_path, monkeypatch, method, has_library) -> None:
    if not has_library:
        monkeypatch.setattr(archive_stream, f"{method}_library", lambda: None)
    data, path = mixed(1_500_000), tmp_path / "base.tar"
    path.write_bytes(packed(data, method=method))
    pieces = archive_stream.read_archive(str(path), compression=method, is_whole=lambda: True)
    assert b"".join(bytes(piece) for piece in pieces) == data

    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Damaged) as caught:
        list(archive_stream.read_archive(str(path), compression=method, is_whole=lambda: True))
    assert caught.value.code == "archive-damaged"
