# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the libraries write is what their programs read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.library_compress import library_compressor

ROUND = 1 << 16
CONTENTS = {
    "empty": b"",
    "one byte": b"x",
    "one piece": os.urandom(ROUND),
    "one byte more": os.urandom(ROUND + 1),
    "zeros": bytes(20 * ROUND),
    "several pieces": (b"some text " * 5000 + os.urandom(30_000)) * 5,
    "noise": os.urandom(10 * ROUND + 123),
}


def compressed(method: str, content: bytes, *, path: Path) -> bytes:
    path.write_bytes(content)
    compressor = library_compressor(method)
    assert compressor is not None
    with path.open("rb") as source:
        return b"".join(compressor(source.fileno(), ROUND))


@pytest.mark.parametrize("method", ["zstd", "lz4"])
@pytest.mark.parametrize("title", CONTENTS)
def test_program_reads_what_the_library_wrote(title: str, method: str, tmp_path: Path) -> None:
    stored = compressed(method, CONTENTS[title], path=tmp_path / "source")
    done = subprocess.run([method, "-q", "-d", "-c"], input=stored, capture_output=True, check=True)
    assert done.stdout == CONTENTS[title]


@pytest.mark.parametrize("method", ["zstd", "lz4"])
def test_its_checksum_tells_of_any_changed_byte(method: str, tmp_path: Path) -> None:
    stored = bytearray(compressed(method, CONTENTS["noise"], path=tmp_path / "source"))
    stored[len(stored) // 2] ^= 1
    done = subprocess.run([method, "-q", "-d", "-c"], input=bytes(stored), capture_output=True, check=False)
    assert done.returncode != 0


@pytest.mark.parametrize("method", ["zstd", "lz4"])
def test_whoever_takes_no_more_leaves_nothing_open(method: str, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(CONTENTS["noise"])
    compressor = library_compressor(method)
    assert compressor is not None
    with (tmp_path / "source").open("rb") as source:
        pieces = compressor(source.fileno(), ROUND)
        assert next(iter(pieces))
        del pieces
        again = b"".join(compressor(source.fileno(), ROUND))
    assert again
