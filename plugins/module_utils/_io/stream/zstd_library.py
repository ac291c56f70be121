# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zstd by the host's own library."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

from .compression import FrameError
from .library_reader import LibraryReader


class _Buffer(ctypes.Structure):
    """ZSTD_inBuffer and ZSTD_outBuffer (zstd.h, stable since 1.0)."""

    _fields_ = (("address", ctypes.c_void_p), ("size_bytes", ctypes.c_size_t), ("position", ctypes.c_size_t))


class ZstdReader(LibraryReader):
    """Decompresses zstd; ``library`` is what :func:`zstd_library` gave."""

    def __init__(self, library: Any, *, piece_bytes: int) -> None:
        super().__init__(piece_bytes=piece_bytes)
        self._library = library
        self._stream = library.ZSTD_createDStream()
        if not self._stream:
            raise MemoryError("zstd has no memory for a stream")

    def close(self) -> None:
        self._library.ZSTD_freeDStream(self._stream)
        self._stream = None

    def _step(self, source: int, size_bytes: int, *, target: int, room_bytes: int) -> tuple[int, int, int]:
        taken, given = _Buffer(source, size_bytes, 0), _Buffer(target, room_bytes, 0)
        result = self._library.ZSTD_decompressStream(self._stream, given, taken)
        if self._library.ZSTD_isError(result):
            raise FrameError(self._library.ZSTD_getErrorName(result).decode("ascii", "replace"))
        return taken.position, given.position, result


@lru_cache(maxsize=1)
def zstd_library() -> Any:
    """The host's libzstd; ``None`` without one. Debian's dpkg and RHEL's rpm need it, so it is nearly everywhere."""
    try:
        library = ctypes.CDLL("libzstd.so.1")
        library.ZSTD_createDStream.restype = ctypes.c_void_p
        library.ZSTD_freeDStream.argtypes = (ctypes.c_void_p,)
        library.ZSTD_decompressStream.argtypes = (ctypes.c_void_p, ctypes.POINTER(_Buffer), ctypes.POINTER(_Buffer))
        library.ZSTD_decompressStream.restype = ctypes.c_size_t
        library.ZSTD_isError.argtypes = (ctypes.c_size_t,)
        library.ZSTD_getErrorName.argtypes = (ctypes.c_size_t,)
        library.ZSTD_getErrorName.restype = ctypes.c_char_p
    except (OSError, AttributeError):
        return None
    return library


__all__ = ("ZstdReader", "zstd_library")
