# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decompressing in this process, by a library of the host: no pipe, through which every byte would be copied twice."""

from __future__ import annotations

import ctypes
from abc import ABC, abstractmethod
from collections.abc import Generator

from .compression import FrameError

_INPUT_BYTES = 1 << 17


class LibraryReader(ABC):
    """Decompresses a stream of whole frames, given in pieces of any size, through two buffers that the library sees."""

    def __init__(self, *, piece_bytes: int) -> None:
        self._input = bytearray(_INPUT_BYTES)
        self._output = bytearray(piece_bytes)
        self._from = ctypes.addressof(ctypes.c_char.from_buffer(self._input))
        self._to = ctypes.addressof(ctypes.c_char.from_buffer(self._output))
        self._filled = 0
        # What the library expects next: 0 behind a frame's end.
        self._expected = 1

    def feed(self, piece: memoryview) -> Generator[memoryview, None, None]:
        """The content as far as it fills whole buffers; each is valid until the next is asked for.

        Raises FrameError.
        """
        for start in range(0, len(piece), _INPUT_BYTES):
            part = piece[start : start + _INPUT_BYTES]
            self._input[: len(part)] = part
            yield from self._decompress(len(part))

    def finish(self) -> memoryview:
        """What is left. Raises FrameError where the stream ends in the middle of a frame."""
        if self._expected != 0:
            raise FrameError("it is truncated")
        return memoryview(self._output)[: self._filled]

    @abstractmethod
    def close(self) -> None:
        """Free what the library holds."""

    @abstractmethod
    def _step(self, source: int, size_bytes: int, *, target: int, room_bytes: int) -> tuple[int, int, int]:
        """One call of the library, from one address to another: bytes taken, bytes given, what it expects next.

        Raises FrameError.
        """

    def _decompress(self, size_bytes: int) -> Generator[memoryview, None, None]:
        taken = 0
        while self._expected != 0 or taken < size_bytes:
            used, given, expected = self._step(
                self._from + taken,
                size_bytes - taken,
                target=self._to + self._filled,
                room_bytes=len(self._output) - self._filled,
            )
            # Without anything to read or to flush it says how much it would like to read, which says nothing.
            if used or given:
                self._expected = expected
            taken += used
            self._filled += given
            if self._filled == len(self._output):
                yield memoryview(self._output)
                self._filled = 0
            elif taken == size_bytes:
                return


__all__ = ("LibraryReader",)
