# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compressing by the host's own libraries, in this process: half of what starting their programs and two pipes cost.

What comes out is what the programs write at their level 1, with a checksum of the content at its end.
"""

from __future__ import annotations

import ctypes
import os

from ..._core.errors import Failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

# zstd.h, stable since 1.4.0.
_ZSTD_LEVEL, _ZSTD_CHECKSUM = 100, 201
_ZSTD_CONTINUE, _ZSTD_END = 0, 2
# lz4frame.h: the same since the interface is stable (1.7.3). Blocks of 4 MiB are what the program makes.
_LZ4_INTERFACE = 100
_LZ4_BLOCK_4_MIB = 7
_LZ4_HEADER_BYTES = 64


class _Buffer(ctypes.Structure):
    """ZSTD_inBuffer and ZSTD_outBuffer."""

    _fields_ = (("address", ctypes.c_void_p), ("size_bytes", ctypes.c_size_t), ("position", ctypes.c_size_t))


class _Lz4Preferences(ctypes.Structure):
    """LZ4F_preferences_t, whose first members are LZ4F_frameInfo_t; all zero but for what is set below."""

    _fields_ = (
        ("block_size", ctypes.c_uint),
        ("block_mode", ctypes.c_uint),
        ("has_checksum", ctypes.c_uint),
        ("frame_type", ctypes.c_uint),
        ("content_size", ctypes.c_ulonglong),
        ("dictionary", ctypes.c_uint),
        ("has_block_checksums", ctypes.c_uint),
        ("level", ctypes.c_int),
        ("flushes", ctypes.c_uint),
        ("reserved", ctypes.c_uint * 4),
    )


def library_compressor(method: str) -> Callable[[int, int], Iterator[bytes]] | None:
    """What makes of an open file and the size of a piece the compressed pieces; ``None``: the host has no such library.

    The iterator raises Failed (``compression-failed``), OSError.
    """
    try:
        if method == "zstd":
            zstd = _zstd()
            return lambda source, piece_bytes: _compress_zstd(zstd, source, piece_bytes)
        lz4 = _lz4()
        return lambda source, piece_bytes: _compress_lz4(lz4, source, piece_bytes)
    except (OSError, AttributeError):
        return None


def _compress_zstd(library: Any, source: int, piece_bytes: int) -> Iterator[bytes]:
    context = library.ZSTD_createCCtx()
    if not context:
        raise MemoryError("zstd has no memory for a context")
    target = ctypes.create_string_buffer(piece_bytes)
    try:
        for parameter in (_ZSTD_LEVEL, _ZSTD_CHECKSUM):
            _checked_zstd(library, library.ZSTD_CCtx_setParameter(context, parameter, 1))
        piece = b"-"
        while piece:
            piece = os.read(source, piece_bytes)
            mode = _ZSTD_CONTINUE if piece else _ZSTD_END
            given = _Buffer(ctypes.cast(ctypes.c_char_p(piece), ctypes.c_void_p), len(piece), 0)
            while True:
                taken = _Buffer(ctypes.addressof(target), piece_bytes, 0)
                left = _checked_zstd(library, library.ZSTD_compressStream2(context, taken, given, mode))
                if taken.position:
                    yield ctypes.string_at(target, taken.position)
                if given.position == given.size_bytes and (not left or mode == _ZSTD_CONTINUE):
                    break
    finally:
        library.ZSTD_freeCCtx(context)


def _checked_zstd(library: Any, result: int) -> int:
    if library.ZSTD_isError(result):
        raise _failed("zstd", library.ZSTD_getErrorName(result))
    return result


def _compress_lz4(library: Any, source: int, piece_bytes: int) -> Iterator[bytes]:
    context = ctypes.c_void_p()
    preferences = _Lz4Preferences(block_size=_LZ4_BLOCK_4_MIB, block_mode=1, has_checksum=1, level=1)
    if library.LZ4F_isError(library.LZ4F_createCompressionContext(context, _LZ4_INTERFACE)):
        raise MemoryError("lz4 has no memory for a context")
    try:
        room = max(_LZ4_HEADER_BYTES, library.LZ4F_compressBound(piece_bytes, preferences))
        target = ctypes.create_string_buffer(room)
        made = library.LZ4F_compressBegin(context, target, room, preferences)
        while True:
            if library.LZ4F_isError(made):
                raise _failed("lz4", library.LZ4F_getErrorName(made))
            if made:
                yield ctypes.string_at(target, made)
            piece = os.read(source, piece_bytes)
            if not piece:
                break
            made = library.LZ4F_compressUpdate(context, target, room, piece, len(piece), None)
        made = library.LZ4F_compressEnd(context, target, room, None)
        if library.LZ4F_isError(made):
            raise _failed("lz4", library.LZ4F_getErrorName(made))
        yield ctypes.string_at(target, made)
    finally:
        library.LZ4F_freeCompressionContext(context)


def _failed(method: str, reason: bytes) -> Failed:
    return Failed(
        f"the library of {method} failed while compressing: {reason.decode('ascii', 'replace')}",
        code="compression-failed",
        hint="Check the host's memory; gzip ('pitr_archiving_compression') needs no library.",
    )


def _zstd() -> Any:
    library = ctypes.CDLL("libzstd.so.1")
    buffer = ctypes.POINTER(_Buffer)
    library.ZSTD_createCCtx.restype = ctypes.c_void_p
    library.ZSTD_freeCCtx.argtypes = (ctypes.c_void_p,)
    library.ZSTD_CCtx_setParameter.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_int)
    library.ZSTD_CCtx_setParameter.restype = ctypes.c_size_t
    library.ZSTD_compressStream2.argtypes = (ctypes.c_void_p, buffer, buffer, ctypes.c_int)
    library.ZSTD_compressStream2.restype = ctypes.c_size_t
    library.ZSTD_isError.argtypes = (ctypes.c_size_t,)
    library.ZSTD_getErrorName.argtypes = (ctypes.c_size_t,)
    library.ZSTD_getErrorName.restype = ctypes.c_char_p
    return library


def _lz4() -> Any:
    library = ctypes.CDLL("liblz4.so.1")
    preferences = ctypes.POINTER(_Lz4Preferences)
    size = ctypes.c_size_t
    library.LZ4F_createCompressionContext.argtypes = (ctypes.POINTER(ctypes.c_void_p), ctypes.c_uint)
    library.LZ4F_createCompressionContext.restype = size
    library.LZ4F_freeCompressionContext.argtypes = (ctypes.c_void_p,)
    library.LZ4F_compressBound.argtypes = (size, preferences)
    library.LZ4F_compressBound.restype = size
    library.LZ4F_compressBegin.argtypes = (ctypes.c_void_p, ctypes.c_char_p, size, preferences)
    library.LZ4F_compressBegin.restype = size
    library.LZ4F_compressUpdate.argtypes = (
        *(ctypes.c_void_p, ctypes.c_char_p, size),
        *(ctypes.c_char_p, size, ctypes.c_void_p),
    )
    library.LZ4F_compressUpdate.restype = size
    library.LZ4F_compressEnd.argtypes = (ctypes.c_void_p, ctypes.c_char_p, size, ctypes.c_void_p)
    library.LZ4F_compressEnd.restype = size
    library.LZ4F_isError.argtypes = (size,)
    library.LZ4F_getErrorName.argtypes = (size,)
    library.LZ4F_getErrorName.restype = ctypes.c_char_p
    return library


__all__ = ("library_compressor",)
