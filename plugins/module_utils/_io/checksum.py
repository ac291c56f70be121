# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checksums of backup manifests, computed here."""

from __future__ import annotations

import ctypes
import hashlib
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

from .._core.errors import Unavailable

SHA256 = "SHA256"
CRC32C = "CRC32C"
NO_CHECKSUM = ""
_ALL_ONES = 0xFFFFFFFF


class Checksum(Protocol):
    """A checksum that is fed in pieces."""

    def update(self, piece: memoryview, /) -> None:
        """Add bytes."""

    def hexdigest(self) -> str:
        """The checksum of everything so far, as manifests write it."""


def can_compute(algorithm: str) -> bool:
    """Whether :func:`new_checksum` knows this name on this host."""
    return algorithm == NO_CHECKSUM or algorithm.startswith("SHA") or crc32c_function() is not None


def new_checksum(algorithm: str) -> Checksum:
    """A checksum by the manifest's name of its algorithm.

    Raises Unavailable (``checksum-unsupported``) when this host cannot compute it.
    """
    if algorithm == NO_CHECKSUM:
        return _NoChecksum()
    function = crc32c_function() if algorithm == CRC32C else None
    if function is not None:
        return _Crc32c(function)
    if algorithm.startswith("SHA"):
        return hashlib.new(algorithm.lower())
    raise Unavailable(
        f"this host cannot compute the checksum '{algorithm}' of a backup manifest",
        code="checksum-unsupported",
        hint="Install the operating system's package libext2fs2 (e2fsprogs-libs), which computes CRC32C.",
    )


@lru_cache(maxsize=1)
def crc32c_function() -> Callable[[int, Any, int], int] | None:
    """The host's function for CRC-32C, ``None`` without one: Python's own library has none.

    libext2fs is on nearly every Linux host; it takes and returns the register without the final inversion.
    """
    try:
        function = ctypes.CDLL("libext2fs.so.2").ext2fs_crc32c_le
    except (OSError, AttributeError):
        return None
    function.argtypes = (ctypes.c_uint32, ctypes.c_void_p, ctypes.c_size_t)
    function.restype = ctypes.c_uint32
    # The check value of the algorithm's definition (RFC 3720): a library that computes something else is not used.
    if function(_ALL_ONES, b"123456789", 9) ^ _ALL_ONES != 0xE3069283:
        return None
    return function


class _NoChecksum:
    def update(self, piece: memoryview) -> None:
        pass

    def hexdigest(self) -> str:
        return ""


class _Crc32c:
    def __init__(self, function: Callable[[int, Any, int], int]) -> None:
        self._function = function
        self._register = _ALL_ONES

    def update(self, piece: memoryview) -> None:
        if piece.readonly:
            self._register = self._function(self._register, bytes(piece), len(piece))
        elif piece:
            address = ctypes.addressof(ctypes.c_char.from_buffer(piece))
            self._register = self._function(self._register, address, len(piece))

    def hexdigest(self) -> str:
        # PostgreSQL writes the four bytes as they lie in memory.
        return (self._register ^ _ALL_ONES).to_bytes(4, sys.byteorder).hex()


__all__ = ("CRC32C", "NO_CHECKSUM", "SHA256", "Checksum", "can_compute", "crc32c_function", "new_checksum")
