# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zstd in this process, by the host's own library: no pipe, through which every byte would be copied twice."""

from __future__ import annotations

import ctypes
from collections.abc import Generator
from functools import lru_cache
from typing import Any

_INPUT_BYTES = 1 << 17


class ZstdError(Exception):
    """The content is not what zstd has written; the message says how."""


class _Buffer(ctypes.Structure):
    """ZSTD_inBuffer and ZSTD_outBuffer (zstd.h, stable since 1.0)."""

    _fields_ = (("address", ctypes.c_void_p), ("size_bytes", ctypes.c_size_t), ("position", ctypes.c_size_t))


class ZstdReader:
    """Decompresses a stream of whole frames, given in pieces of any size."""

    def __init__(self, library: Any, *, piece_bytes: int) -> None:
        self._library = library
        self._stream = library.ZSTD_createDStream()
        if not self._stream:
            raise MemoryError("zstd has no memory for a stream")
        self._input = bytearray(_INPUT_BYTES)
        self._output = bytearray(piece_bytes)
        self._from = _Buffer(ctypes.addressof(ctypes.c_char.from_buffer(self._input)), 0, 0)
        self._to = _Buffer(ctypes.addressof(ctypes.c_char.from_buffer(self._output)), piece_bytes, 0)
        # What the library expects next: 0 behind a frame's end.
        self._expected = 1

    def feed(self, piece: memoryview) -> Generator[memoryview, None, None]:
        """The content as far as it fills whole buffers; each is valid until the next is asked for. Raises ZstdError."""
        for start in range(0, len(piece), _INPUT_BYTES):
            part = piece[start : start + _INPUT_BYTES]
            self._input[: len(part)] = part
            self._from.size_bytes, self._from.position = len(part), 0
            yield from self._decompress()

    def finish(self) -> memoryview:
        """What is left. Raises ZstdError where the stream ends in the middle of a frame."""
        if self._expected != 0:
            raise ZstdError("it ends in the middle")
        return memoryview(self._output)[: self._to.position]

    def close(self) -> None:
        """Free what the library holds."""
        self._library.ZSTD_freeDStream(self._stream)
        self._stream = None

    def _decompress(self) -> Generator[memoryview, None, None]:
        while True:
            before = (self._from.position, self._to.position)
            if self._expected == 0 and self._from.position == self._from.size_bytes:
                return
            result = self._library.ZSTD_decompressStream(self._stream, self._to, self._from)
            if self._library.ZSTD_isError(result):
                raise ZstdError(self._library.ZSTD_getErrorName(result).decode("ascii", "replace"))
            # Without anything to read or to flush it says how much it would like to read, which says nothing.
            if (self._from.position, self._to.position) != before:
                self._expected = result
            if self._to.position == self._to.size_bytes:
                yield memoryview(self._output)
                self._to.position = 0
            elif self._from.position == self._from.size_bytes:
                return


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


__all__ = ("ZstdError", "ZstdReader", "zstd_library")
