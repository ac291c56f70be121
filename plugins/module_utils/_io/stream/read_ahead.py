# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading in a thread of its own, so that the reader decompresses while others write what it has found."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from queue import Full, Queue
from typing import Union

from .piece_copy import copy_piece

_PIECES_AHEAD = 4
# With the one that is filled, and the one that somebody has. They stay in the processor's cache.
_BUFFERS = _PIECES_AHEAD + 2
_LOOK_SECONDS = 0.1
_Found = Union[memoryview, BaseException, None]


def read_ahead(pieces: Generator[memoryview, None, None]) -> Generator[memoryview, None, None]:
    """The same pieces, each valid until the next one is asked for; what the reader raises is raised here.

    A piece is copied, which takes a twentieth of the time that decompressing it does. Closing this ends the reader.
    """
    found: Queue[_Found] = Queue(maxsize=_PIECES_AHEAD)
    stopped = threading.Event()

    def read() -> None:
        try:
            for piece in _copied(pieces):
                if not _offer(piece, found=found, stopped=stopped):
                    return
            _offer(None, found=found, stopped=stopped)
        except BaseException as error:  # noqa: BLE001 - it is raised again by the thread that takes the pieces
            _offer(error, found=found, stopped=stopped)
        finally:
            pieces.close()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        while True:
            item = found.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        reader.join()


def _copied(pieces: Iterable[memoryview]) -> Iterator[memoryview]:
    """The pieces in buffers that are used in turns."""
    buffers = [memoryview(bytearray())] * _BUFFERS
    for number, piece in enumerate(pieces):
        turn = number % _BUFFERS
        if len(buffers[turn]) < len(piece):
            buffers[turn] = memoryview(bytearray(len(piece)))
        target = buffers[turn][: len(piece)]
        copy_piece(target, piece)
        yield target


def _offer(item: _Found, *, found: Queue[_Found], stopped: threading.Event) -> bool:
    """Whether somebody will take it."""
    while not stopped.is_set():
        try:
            found.put(item, timeout=_LOOK_SECONDS)
        except Full:
            continue
        return True
    return False


__all__ = ("read_ahead",)
