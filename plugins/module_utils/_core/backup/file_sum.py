# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether two sets of files are the same, without remembering them."""

from __future__ import annotations

from array import array
from hashlib import sha256
from typing import Protocol

_MASK = (1 << 256) - 1
_BUCKETS = 256


class SummedFile(Protocol):
    """A file's size, and its checksum in hexadecimal, which may be empty."""

    @property
    def size_bytes(self) -> int: ...

    @property
    def checksum(self) -> str: ...


class FileSum:
    """The sum of a hash of each file with its path, size and checksum, in whatever order they come.

    Equal sums are those of the same files, each as often as the other has it. Eight bytes of each path are kept, to
    tell whether one came twice: a million files take eight megabytes.
    """

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0
        self._marks = [array("Q") for _bucket in range(_BUCKETS)]

    def __setitem__(self, path: str, file: SummedFile) -> None:
        name = sha256(path.encode("utf-8", "surrogateescape")).digest()
        content = f"{file.size_bytes} {file.checksum}".encode("ascii")
        self._sum = (self._sum + int.from_bytes(sha256(name + content).digest(), "big")) & _MASK
        self._marks[name[0]].append(int.from_bytes(name[:8], "big"))
        self.count += 1

    def __contains__(self, path: object) -> bool:
        """Never: it is not known here, :attr:`is_unique` tells at the end."""
        return False

    def add(self, other: FileSum) -> None:
        """Add all files of another sum."""
        self._sum = (self._sum + other._sum) & _MASK
        self.count += other.count
        for own, more in zip(self._marks, other._marks):
            own.extend(more)

    def is_same(self, other: FileSum) -> bool:
        """Whether both are of the same files."""
        return (self.count, self._sum) == (other.count, other._sum)

    @property
    def is_unique(self) -> bool:
        """Whether no path came twice. Two that share their eight bytes are taken for one, once in millions of sums."""
        return all(len(set(marks)) == len(marks) for marks in self._marks)


__all__ = ("FileSum", "SummedFile")
