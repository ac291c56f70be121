# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import random
import subprocess

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._io import archive_stream
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.zstd_library import ZstdError, ZstdReader, zstd_library

PIECE_BYTES = 4096


def packed(data: bytes, *options: str) -> bytes:
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, stdout=subprocess.PIPE, check=True).stdout


def unpacked(stream: bytes, *, step_bytes: int) -> bytes:
    reader = ZstdReader(zstd_library(), piece_bytes=PIECE_BYTES)
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


@pytest.mark.parametrize("size_bytes", [0, 1, 4095, 4096, 4097, 3 * 4096, 131072, 300_000])
@pytest.mark.parametrize("step_bytes", [1000, 1 << 17])
@pytest.mark.parametrize("options", [(), ("--check",)], ids=["plain", "with a checksum"])
def test_content_comes_back(size_bytes: int, step_bytes: int, options: tuple[str, ...]) -> None:
    data = mixed(size_bytes)
    assert unpacked(packed(data, *options), step_bytes=step_bytes) == data


def test_one_byte_at_a_time_gives_the_same() -> None:
    data = mixed(5_000)
    assert unpacked(packed(data), step_bytes=1) == data


def test_content_that_compresses_a_thousandfold_comes_back() -> None:
    data = bytes(8 * 1024 * 1024)
    assert unpacked(packed(data), step_bytes=1 << 20) == data


def test_frames_behind_each_other_are_one_content() -> None:
    assert unpacked(packed(b"one") + packed(b"") + packed(b"two"), step_bytes=5) == b"onetwo"


@pytest.mark.parametrize("cut_bytes", [1, 100, 5000])
def test_stream_that_ends_in_the_middle_is_refused(cut_bytes: int) -> None:
    with pytest.raises(ZstdError, match="middle"):
        unpacked(packed(mixed(100_000))[:-cut_bytes], step_bytes=1 << 17)


def test_empty_stream_is_refused() -> None:
    with pytest.raises(ZstdError, match="middle"):
        unpacked(b"", step_bytes=1)


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(b"this is no zstd frame at all", id="alone"),
        pytest.param(packed(b"one") + b"and something else", id="behind a frame"),
    ],
)
def test_what_zstd_did_not_write_is_refused(stream: bytes) -> None:
    with pytest.raises(ZstdError):
        unpacked(stream, step_bytes=1 << 17)


def test_damaged_byte_is_found_by_the_checksum_of_the_frame() -> None:
    stream = bytearray(packed(mixed(100_000), "--check"))
    stream[len(stream) // 2] ^= 0xFF
    with pytest.raises(ZstdError):
        unpacked(bytes(stream), step_bytes=1 << 17)


@pytest.mark.parametrize("has_library", [True, False])
def test_archive_is_read_alike_with_and_without_the_library(tmp_path, monkeypatch, has_library) -> None:
    if not has_library:
        monkeypatch.setattr(archive_stream, "zstd_library", lambda: None)
    data, path = mixed(1_500_000), tmp_path / "base.tar.zst"
    path.write_bytes(packed(data))
    pieces = archive_stream.read_archive(str(path), compression="zstd", is_whole=lambda: True)
    assert b"".join(bytes(piece) for piece in pieces) == data

    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Damaged) as caught:
        list(archive_stream.read_archive(str(path), compression="zstd", is_whole=lambda: True))
    assert caught.value.code == "archive-damaged"
