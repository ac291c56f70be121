# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""lz4 in this process, by the host's own library, as zstd is read in ``zstd_library``."""

from __future__ import annotations

import ctypes
from collections.abc import Generator
from functools import lru_cache
from typing import Any

# LZ4F_VERSION of lz4frame.h: the same since the interface is stable (1.7.3).
_INTERFACE_VERSION = 100
_INPUT_BYTES = 1 << 17


class Lz4Error(Exception):
    """The content is not what lz4 has written; the message says how."""


class Lz4Reader:
    """Decompresses a stream of whole frames, given in pieces of any size."""

    def __init__(self, library: Any, *, piece_bytes: int) -> None:
        self._library = library
        self._context = ctypes.c_void_p()
        if library.LZ4F_isError(library.LZ4F_createDecompressionContext(self._context, _INTERFACE_VERSION)):
            raise MemoryError("lz4 has no memory for a stream")
        self._input = bytearray(_INPUT_BYTES)
        self._output = bytearray(piece_bytes)
        self._from = ctypes.addressof(ctypes.c_char.from_buffer(self._input))
        self._to = ctypes.addressof(ctypes.c_char.from_buffer(self._output))
        self._filled = 0
        # What the library expects next: 0 behind a frame's end.
        self._expected = 1

    def feed(self, piece: memoryview) -> Generator[memoryview, None, None]:
        """The content as far as it fills whole buffers; each is valid until the next is asked for. Raises Lz4Error."""
        for start in range(0, len(piece), _INPUT_BYTES):
            part = piece[start : start + _INPUT_BYTES]
            self._input[: len(part)] = part
            yield from self._decompress(len(part))

    def finish(self) -> memoryview:
        """What is left. Raises Lz4Error where the stream ends in the middle of a frame."""
        if self._expected != 0:
            raise Lz4Error("it ends in the middle")
        return memoryview(self._output)[: self._filled]

    def close(self) -> None:
        """Free what the library holds."""
        self._library.LZ4F_freeDecompressionContext(self._context)
        self._context = ctypes.c_void_p()

    def _decompress(self, size_bytes: int) -> Generator[memoryview, None, None]:
        taken = 0
        while True:
            room = ctypes.c_size_t(len(self._output) - self._filled)
            given = ctypes.c_size_t(size_bytes - taken)
            result = self._library.LZ4F_decompress(
                self._context, self._to + self._filled, room, self._from + taken, given, None
            )
            if self._library.LZ4F_isError(result):
                raise Lz4Error(self._library.LZ4F_getErrorName(result).decode("ascii", "replace"))
            if given.value or room.value:
                self._expected = result
            self._filled += room.value
            taken += given.value
            if self._filled == len(self._output):
                yield memoryview(self._output)
                self._filled = 0
            elif taken == size_bytes:
                return


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


__all__ = ("Lz4Error", "Lz4Reader", "lz4_library")
