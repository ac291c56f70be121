# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRC-32C, which Python's own library has not, by a library of the operating system."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

ALL_ONES = 0xFFFFFFFF
# The algorithm's check value: a library that computes something else is not used.
_CHECKED = b"123456789"
_CHECK_VALUE = 0xE3069283


@dataclass(frozen=True)
class Crc32cFunction:
    """A library's function: register, address (or bytes), size in bytes → register.

    The caller inverts the register before and behind (RFC 3720). ``is_quick`` where it takes no more time than handing
    the bytes to another thread would.
    """

    call: Callable[[int, Any, int], int]
    is_quick: bool


@lru_cache(maxsize=1)
def crc32c_function() -> Crc32cFunction | None:
    """The host's fastest function for it, ``None`` without one."""
    for load in (_intel_storage_library, _ext2_library):
        try:
            function = load()
        except (OSError, AttributeError):
            continue
        if function.call(ALL_ONES, _CHECKED, len(_CHECKED)) ^ ALL_ONES == _CHECK_VALUE:
            return function
    return None


def _intel_storage_library() -> Crc32cFunction:
    """ISA-L's, for x86-64 and ARM: thirty times as fast as the other one (docs/benchmarks.md)."""
    function = ctypes.CDLL("libisal.so.2").crc32_iscsi
    function.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32)
    function.restype = ctypes.c_uint32
    return Crc32cFunction(
        lambda register, address, size_bytes: int(function(address, size_bytes, register)), is_quick=True
    )


def _ext2_library() -> Crc32cFunction:
    """The one of e2fsprogs, which nearly every Linux host has (containers have not)."""
    function = ctypes.CDLL("libext2fs.so.2").ext2fs_crc32c_le
    function.argtypes = (ctypes.c_uint32, ctypes.c_void_p, ctypes.c_size_t)
    function.restype = ctypes.c_uint32
    return Crc32cFunction(
        lambda register, address, size_bytes: int(function(register, address, size_bytes)), is_quick=False
    )


__all__ = ("ALL_ONES", "Crc32cFunction", "crc32c_function")
