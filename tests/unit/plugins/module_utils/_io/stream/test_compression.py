# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, InvalidInput, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream import compression
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.compression import (
    choose_compression,
    decompress,
    find_program,
    host_decompressors,
)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory in which programs are looked for."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(compression, "_USUAL_DIRECTORIES", ())
    return tmp_path


def install(directory: Path, name: str, *, mode: int = 0o755) -> None:
    (directory / name).write_text("")
    (directory / name).chmod(mode)


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [((), "gzip"), (("lz4",), "lz4"), (("zstd",), "zstd"), (("lz4", "zstd"), "zstd")],
)
def test_automatic_choice_takes_what_the_host_has(installed: tuple[str, ...], chosen: str, programs: Path) -> None:
    for name in installed:
        install(programs, name)
    assert choose_compression("auto") == chosen


@pytest.mark.parametrize("method", ["zstd", "lz4"])
def test_wanted_program_that_is_missing_is_told(method: str, programs: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        choose_compression(method)
    assert caught.value.code == "program-missing"
    assert method in caught.value.message
    install(programs, method)
    assert choose_compression(method) == method


@pytest.mark.parametrize("method", ["gzip", "none"])
def test_methods_of_this_process_need_no_program(method: str, programs: Path) -> None:
    assert programs.exists()
    assert choose_compression(method) == method


def test_unknown_method_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        choose_compression("rar")
    assert caught.value.code == "compression-unknown"


def test_file_that_cannot_be_executed_is_no_program(programs: Path) -> None:
    install(programs, "zstd", mode=0o644)
    (programs / "lz4").mkdir()
    assert find_program("zstd") is None
    assert find_program("lz4") is None


def test_what_the_program_says_is_in_the_error_that_names_the_file(
    programs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (programs / "zstd").write_text("#!/bin/sh\necho '/*stdin*\\ : Decoding error (36) : bad' >&2\nexit 1\n")
    (programs / "zstd").chmod(0o755)
    path = programs / "000000010000000000000001.zst"
    path.write_bytes(b"")
    with path.open("rb") as stream, pytest.raises(Damaged) as caught:
        decompress(stream.fileno(), path=str(path), method="zstd", write=lambda _chunk: None)
    said = "'zstd' ended with exit code 1: Decoding error (36) : bad"
    assert caught.value.message == f"the stored file '{path}' is damaged: {said}"
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("installed", "found"),
    [((), ("gzip",)), (("lz4",), ("lz4", "gzip")), (("lz4", "zstd"), ("zstd", "lz4", "gzip"))],
)
def test_host_decompresses_what_it_has_programs_for(
    installed: tuple[str, ...], found: tuple[str, ...], programs: Path
) -> None:
    for name in installed:
        install(programs, name)
    assert host_decompressors() == found


def inflate(path: Path, *, write: Callable[[bytes], object]) -> None:
    with path.open("rb") as stream:
        decompress(stream.fileno(), path=str(path), method="gzip", write=write)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda content: content[:-3], "does not end where it should", id="cut off"),
        pytest.param(lambda content: content + b"x", "does not end where it should", id="more behind it"),
        pytest.param(lambda content: content[:-8] + b"\0" * 8, "incorrect data check", id="another checksum"),
        pytest.param(lambda content: b"x" + content, "incorrect header check", id="no gzip at all"),
    ],
)
def test_gzip_that_is_damaged_is_noticed(change: Callable[[bytes], bytes], words: str, tmp_path: Path) -> None:
    path = tmp_path / "000000010000000000000001.gz"
    content = gzip.compress(b"content" * 1000)
    path.write_bytes(content)
    found: list[bytes] = []
    inflate(path, write=found.append)
    assert b"".join(found) == b"content" * 1000

    path.write_bytes(change(content))
    with pytest.raises(Damaged) as caught:
        inflate(path, write=lambda _chunk: None)
    assert words in caught.value.message
