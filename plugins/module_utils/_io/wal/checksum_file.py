# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checksum that lies beside a file stored without compression: ``<name>.crc32``."""

from __future__ import annotations

from ..._core.errors import AlreadyStored
from ..._core.repository.layout import checksum_key
from ..storage.place import ANY
from ..stream.compression import damaged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..storage.port import Storage


_MOST_LINES = 8
_MOST_DIGITS = 20


class RunningChecksum:
    """CRC-32 and size of the bytes that were added; the text form is the content of the file beside."""

    def __init__(self) -> None:
        from zlib import crc32

        self._crc32 = crc32
        self._value = 0
        self.size_bytes = 0

    def add(self, chunk: bytes) -> None:
        """Take the next bytes into account."""
        self._value = self._crc32(chunk, self._value)
        self.size_bytes += len(chunk)

    def __str__(self) -> str:
        return f"{self._value:08x} {self.size_bytes}\n"


def store_checksum(storage: Storage, key: str, *, checksum: RunningChecksum) -> None:
    """Put the checksum beside what is stored, or is about to be, under ``key``.

    Called before the file gets its name, so that no file ever lacks it. Where another lies there already, a killed call
    has left it, or another host is storing a file of this name at this moment, which no bucket can keep them from: it
    stays, and what gets stored has one of them.
    """
    beside, own = checksum_key(key), str(checksum)
    try:
        storage.put(beside, [own.encode("ascii")])
    except AlreadyStored:
        others = checksum_lines(storage.read_all(beside) or b"")
        if own not in others:
            storage.put(beside, ["".join((*others[1 - _MOST_LINES :], own)).encode("ascii")], replaces=ANY)


def has_checksum(storage: Storage, key: str) -> bool:
    """Whether a checksum lies beside."""
    return storage.stat(checksum_key(key)) is not None


def check_checksum(storage: Storage, key: str, *, checksum: RunningChecksum) -> None:
    """Return when the bytes that were read are those that were stored. Raises Damaged (``segment-damaged``)."""
    path, content = storage.address(key), storage.read_all(checksum_key(key))
    if content is None:
        raise damaged(path, f"its checksum '{storage.address(checksum_key(key))}' is missing")
    expected = checksum_lines(content)
    if not expected:
        raise damaged(path, f"its checksum '{storage.address(checksum_key(key))}' is damaged")
    if str(checksum) not in expected:
        stated = "' or '".join(each.strip() for each in expected)
        raise damaged(path, f"it reads '{str(checksum).strip()}' and was stored as '{stated}'")


def checksum_lines(content: bytes) -> list[str]:
    """The checksum of each time that somebody began to store it.

    Whatever else the file has is left out, and so told to nobody: it may be a link to what the account alone may read.
    """
    return [line for line in content.decode("ascii", "replace").splitlines(keepends=True) if _is_checksum(line)]


def _is_checksum(line: str) -> bool:
    checksum, _space, size = line[:-1].partition(" ")
    is_number = size.isdecimal() and len(size) < _MOST_DIGITS
    return line.endswith("\n") and is_number and len(checksum) == 8 and not checksum.strip("0123456789abcdef")


__all__ = ("RunningChecksum", "check_checksum", "checksum_lines", "has_checksum", "store_checksum")
