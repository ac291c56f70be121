# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What another host's answers say, which may have been taken over: values of the kind that was asked for, or none."""

from __future__ import annotations

from ..._core.repository.stored_key import is_key
from .wire import Disconnected, field, is_number, unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Of a listing: four times what the largest repository that was tried has in one.
MOST_LISTED_BYTES = 1 << 24
_MOST_NAMES = 1 << 18
# Year 9999. What is later is no time of a file.
_MOST_SECONDS = 253402300800.0
_MOST_VERSION = 200


def stat_of(fields: Sequence[str]) -> tuple[int, float, str] | None:
    """Size, time and version of something stored; ``None``: it is not there. Raises Disconnected.

    >>> stat_of(["12", "1790000000.5", "7-12-1"]), stat_of(["", "", ""])
    ((12, 1790000000.5, '7-12-1'), None)
    """
    size, time, version = (field(fields, index) for index in range(3))
    if not size:
        return None
    seconds = _seconds(time)
    if not is_number(size) or seconds is None or not is_version(version):
        raise Disconnected("it sent a size, a time or a version that is none")
    return int(size), seconds, version


def stats_of(fields: Sequence[str]) -> list[tuple[int, float, str] | None]:
    """The same of several, in their order. Raises Disconnected.

    >>> stats_of(["12", "1790000000.5", "7-12-1", "", "", ""])
    [(12, 1790000000.5, '7-12-1'), None]
    """
    return [stat_of(fields[start : start + 3]) for start in range(0, len(fields), 3)]


def is_version(text: str) -> bool:
    """Whether a text may be a version, which is noted in files of lines."""
    return text.isprintable() and len(text) <= _MOST_VERSION


def names_of(content: bytes, *, delimiter: str) -> list[str]:
    """The names of a listing, without those that no key has. Raises Disconnected for more than any listing has.

    >>> names_of(b"base.tar\\x00../x\\x00a\\nb\\x00c/d\\x00.x", delimiter="/"), names_of(b"", delimiter="/")
    (['base.tar', '.x'], [])
    """
    if content.count(b"\0") >= _MOST_NAMES:
        raise Disconnected(f"it listed more than {_MOST_NAMES} names")
    return [name for name in unpack(content) if is_key(name) and not (delimiter and delimiter in name)]


def room_of(fields: Sequence[str]) -> int | None:
    """The bytes that are free; ``None``: nobody knows. Raises Disconnected."""
    told = field(fields, 0)
    if told and not is_number(told):
        raise Disconnected("it sent a size that is none")
    return int(told) if told else None


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    # Nothing compares with a NaN.
    return seconds if abs(seconds) < _MOST_SECONDS else None


__all__ = ("MOST_LISTED_BYTES", "is_version", "names_of", "room_of", "stat_of", "stats_of")
