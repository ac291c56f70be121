# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ctypes
from collections.abc import Iterator

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.checksum import CRC32C, new_checksum
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.crc32c import crc32c_function

LIBRARIES = ("libisal.so.2", "libext2fs.so.2")


def is_there(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


@pytest.fixture
def _searched_anew() -> Iterator[None]:
    crc32c_function.cache_clear()
    yield
    crc32c_function.cache_clear()


def only(monkeypatch: pytest.MonkeyPatch, *libraries: str) -> None:
    """Let the others not be there."""
    load = ctypes.CDLL

    def load_one(name: str) -> ctypes.CDLL:
        if name not in libraries:
            raise OSError(f"{name}: cannot open shared object file")
        return load(name)

    monkeypatch.setattr(ctypes, "CDLL", load_one)


@pytest.mark.usefixtures("_searched_anew")
@pytest.mark.parametrize("library", [library for library in LIBRARIES if is_there(library)])
def test_check_value_in_pieces(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    only(monkeypatch, library)
    whole, parts = new_checksum(CRC32C), new_checksum(CRC32C)
    data = bytearray(b"123456789")
    whole.update(memoryview(data))
    for start in range(0, 9, 2):
        parts.update(memoryview(bytes(data))[start : start + 2])
    parts.update(memoryview(b""))
    # The algorithm's check value 0xE3069283, as the bytes lie in memory on a little-endian machine.
    assert whole.hexdigest() == parts.hexdigest() == "839206e3"


@pytest.mark.usefixtures("_searched_anew")
def test_host_without_a_library_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch)
    assert crc32c_function() is None


@pytest.mark.usefixtures("_searched_anew")
def test_the_fastest_library_that_is_there_is_taken() -> None:
    function = crc32c_function()
    assert (function is not None) is any(map(is_there, LIBRARIES))
    assert (function is not None and function.is_quick) is is_there(LIBRARIES[0])
