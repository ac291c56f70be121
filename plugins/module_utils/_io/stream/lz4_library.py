# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""lz4 by the host's own library."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

from .compression import FrameError
from .library_reader import LibraryReader

# LZ4F_VERSION of lz4frame.h: the same since the interface is stable (1.7.3).
_INTERFACE_VERSION = 100


class Lz4Reader(LibraryReader):
    """Decompresses lz4; ``library`` is what :func:`lz4_library` gave."""

    def __init__(self, library: Any, *, piece_bytes: int) -> None:
        super().__init__(piece_bytes=piece_bytes)
        self._library = library
        self._context = ctypes.c_void_p()
        if library.LZ4F_isError(library.LZ4F_createDecompressionContext(self._context, _INTERFACE_VERSION)):
            raise MemoryError("lz4 has no memory for a stream")

    def close(self) -> None:
        self._library.LZ4F_freeDecompressionContext(self._context)
        self._context = ctypes.c_void_p()

    def _step(self, source: int, size_bytes: int, *, target: int, room_bytes: int) -> tuple[int, int, int]:
        taken, given = ctypes.c_size_t(size_bytes), ctypes.c_size_t(room_bytes)
        result = self._library.LZ4F_decompress(self._context, target, given, source, taken, None)
        if self._library.LZ4F_isError(result):
            raise FrameError(self._library.LZ4F_getErrorName(result).decode("ascii", "replace"))
        return taken.value, given.value, result


@lru_cache(maxsize=1)
def lz4_library() -> Any:
    """The host's liblz4; ``None`` without one. systemd needs it, so it is nearly everywhere."""
    try:
        library = ctypes.CDLL("liblz4.so.1")
        size = ctypes.POINTER(ctypes.c_size_t)
        library.LZ4F_createDecompressionContext.argtypes = (ctypes.POINTER(ctypes.c_void_p), ctypes.c_uint)
        library.LZ4F_createDecompressionContext.restype = ctypes.c_size_t
        library.LZ4F_freeDecompressionContext.argtypes = (ctypes.c_void_p,)
        library.LZ4F_freeDecompressionContext.restype = ctypes.c_size_t
        library.LZ4F_decompress.argtypes = (
            *(ctypes.c_void_p, ctypes.c_void_p, size),
            *(ctypes.c_void_p, size, ctypes.c_void_p),
        )
        library.LZ4F_decompress.restype = ctypes.c_size_t
        library.LZ4F_isError.argtypes = (ctypes.c_size_t,)
        library.LZ4F_getErrorName.argtypes = (ctypes.c_size_t,)
        library.LZ4F_getErrorName.restype = ctypes.c_char_p
    except (OSError, AttributeError):
        return None
    return library


__all__ = ("Lz4Reader", "lz4_library")
