# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files by path, of which there may be millions."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar

_FEWEST_SLOTS = 64
_PATH_END = b"\0"


class TableFile(Protocol):
    """A file's size in bytes, and its checksum in hexadecimal, which may be empty."""

    @property
    def size_bytes(self) -> int: ...

    @property
    def checksum(self) -> str: ...


File = TypeVar("File", bound=TableFile)


class FileTable(Mapping[str, File]):
    """A mapping that takes some fifty bytes for a file with a short path and a CRC-32C, where a dictionary takes 400.

    Paths and checksums lie one behind the other in one piece of memory, and are found by an open hash table of their
    numbers. Values are made by ``make``, of size and checksum, each time one is asked for. The hash is Python's, which
    nobody can foresee, so that no choice of paths makes it slow.
    """

    def __init__(self, make: Callable[[int, str], File]) -> None:
        self._make = make
        self._rows = bytearray()
        self._starts = array("Q")
        self._sizes = array("Q")
        self._slots = array("I", bytes(4 * _FEWEST_SLOTS))

    def add(self, path: str, file: File) -> bool:
        """Add a file; ``False`` if the path is there already, whose file stays."""
        key = _key(path)
        slot = self._slot_of(key)
        if self._slots[slot]:
            return False
        self._starts.append(len(self._rows))
        self._sizes.append(file.size_bytes)
        self._rows += key + bytes.fromhex(file.checksum)
        self._slots[slot] = len(self._starts)
        if len(self._starts) * 2 > len(self._slots):
            self._grow()
        return True

    def number_of(self, path: str) -> int | None:
        """Which one it is, in the order in which they were added, from 0; ``None`` if it is not there."""
        number = self._slots[self._slot_of(_key(path))]
        return number - 1 if number else None

    def file_at(self, number: int) -> File:
        """That with this number."""
        return self._row(number)[1]

    def __getitem__(self, path: str) -> File:
        number = self.number_of(path)
        if number is None:
            raise KeyError(path)
        return self.file_at(number)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self.number_of(path) is not None

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[str]:
        return (path for path, _file in self.rows())

    def rows(self) -> Iterator[tuple[str, File]]:
        """Paths and files, in the order in which they were added; quicker than :meth:`items`."""
        return (self._row(number) for number in range(len(self._starts)))

    def only(self, is_wanted: Callable[[str], bool]) -> FileTable[File]:
        """Those with a path that is wanted."""
        part = FileTable(self._make)
        for path, file in self.rows():
            if is_wanted(path):
                part.add(path, file)
        return part

    def _row(self, number: int) -> tuple[str, File]:
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._rows)
        path_end = self._rows.index(_PATH_END, start)
        path = self._rows[start:path_end].decode("utf-8", "surrogateescape")
        return path, self._make(self._sizes[number], self._rows[path_end + 1 : end].hex())

    def _slot_of(self, key: bytes) -> int:
        """The slot with this path's number, or the free one that it would get."""
        mask = len(self._slots) - 1
        slot = hash(key) & mask
        while (number := self._slots[slot]) and not self._rows.startswith(key, self._starts[number - 1]):
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        self._slots = array("I", bytes(8 * len(self._slots)))
        for number, start in enumerate(self._starts, start=1):
            key = bytes(self._rows[start : self._rows.index(_PATH_END, start) + 1])
            self._slots[self._slot_of(key)] = number


def _key(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape") + _PATH_END


__all__ = ("FileTable", "TableFile")
