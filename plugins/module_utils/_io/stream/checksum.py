# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checksums of backup manifests, computed here."""

from __future__ import annotations

import ctypes
import hashlib
import sys
from typing import Protocol

from ..._core.errors import Unavailable
from .crc32c import ALL_ONES, Crc32cFunction, crc32c_function

SHA256 = "SHA256"
CRC32C = "CRC32C"
NO_CHECKSUM = ""


class Checksum(Protocol):
    """A checksum that is fed in pieces; ``is_quick`` where that takes less time than handing them to another thread."""

    is_quick: bool

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
        return _Sha(algorithm)
    raise Unavailable(
        f"this host cannot compute the checksum '{algorithm}' of a backup manifest",
        code="checksum-unsupported",
        hint="Install the operating system's package libisal2, or libext2fs2 (e2fsprogs-libs): either computes CRC32C.",
    )


class _NoChecksum:
    is_quick = True

    def update(self, piece: memoryview) -> None:
        pass

    def hexdigest(self) -> str:
        return ""


class _Sha:
    is_quick = False

    def __init__(self, algorithm: str) -> None:
        hasher = hashlib.new(algorithm.lower())
        self.update = hasher.update
        self.hexdigest = hasher.hexdigest


class _Crc32c:
    def __init__(self, function: Crc32cFunction) -> None:
        self.is_quick = function.is_quick
        self._function = function.call
        self._register = ALL_ONES

    def update(self, piece: memoryview) -> None:
        if piece.readonly:
            self._register = self._function(self._register, bytes(piece), len(piece))
        elif piece:
            address = ctypes.addressof(ctypes.c_char.from_buffer(piece))
            self._register = self._function(self._register, address, len(piece))

    def hexdigest(self) -> str:
        # PostgreSQL writes the four bytes as they lie in memory.
        return (self._register ^ ALL_ONES).to_bytes(4, sys.byteorder).hex()


__all__ = ("CRC32C", "NO_CHECKSUM", "SHA256", "Checksum", "can_compute", "new_checksum")
