# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts, sizes, ages, timestamps and the words of others as text for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from .instant import format_instant

_SECOND = timedelta(seconds=1)


def count_text(count: int, noun: str) -> str:
    """The number with its noun, in the plural where that is needed.

    >>> count_text(0, "file"), count_text(1, "file"), count_text(2, "WAL segment")
    ('0 files', '1 file', '2 WAL segments')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


_NAMED = 3


def labels_text(labels: Sequence[str]) -> str:
    """The newest labels, and how many more there are; ``labels`` has the oldest first.

    >>> labels_text(["a", "b", "c", "d"]), labels_text(["a"]), labels_text([])
    ('b, c, d and 1 more', 'a', 'none')
    """
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    return (", ".join(labels[-_NAMED:]) or "none") + more


_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def size_text(size_bytes: int) -> str:
    """A size in binary units with two decimals.

    >>> size_text(2250000000)
    '2.10 GiB'
    """
    size = float(size_bytes)
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            return f"{size_bytes} B" if unit == "B" else f"{size:.2f} {unit}"
        size /= 1024
    return f"{size_bytes} B"


def moment_text(moment: datetime) -> str:
    """A timestamp cut to the second, in UTC.

    >>> moment_text(datetime.fromisoformat("2026-11-22T15:15:00.204113+00:00"))
    '2026-11-22 15:15:00Z'
    """
    return format_instant(moment)[:19].replace("T", " ") + "Z"


def begin_text(moment: datetime) -> str:
    """A timestamp rounded up to the second, so that recovery can reach it where it can reach the timestamp.

    >>> begin_text(datetime.fromisoformat("2026-11-22T15:15:00.204113+00:00"))
    '2026-11-22 15:15:01Z'
    >>> begin_text(datetime.fromisoformat("2026-11-22T15:15:00+00:00"))
    '2026-11-22 15:15:00Z'
    >>> begin_text(datetime.fromisoformat("2026-11-22T23:59:59.000001+00:00"))
    '2026-11-23 00:00:00Z'
    """
    return moment_text(moment.replace(microsecond=0) + _SECOND if moment.microsecond else moment)


def span_text(start: datetime, end: datetime) -> str:
    """A range of time by the full seconds within it; by microseconds where there are none.

    >>> start = datetime.fromisoformat("2026-11-22T15:15:00.204113+00:00")
    >>> span_text(start, start + timedelta(minutes=1))
    '2026-11-22 15:15:01Z to 2026-11-22 15:16:00Z'
    >>> span_text(start, start + timedelta(milliseconds=400))
    '2026-11-22 15:15:00.204113Z to 2026-11-22 15:15:00.604113Z'
    """
    first, last = begin_text(start), moment_text(end)
    if first <= last:
        return f"{first} to {last}"
    return " to ".join(format_instant(moment).replace("T", " ") for moment in (start, end))


def age_text(seconds: float) -> str:
    """A duration in its largest unit and the next one.

    >>> age_text(59), age_text(3 * 3600 + 120), age_text(50 * 3600)
    ('59 s', '3 h 2 min', '2 d 2 h')
    """
    whole = max(0, int(seconds))
    for unit, size, smaller, fraction in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // fraction
            return f"{whole // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{whole} s"


def printable(text: str) -> str:
    """The text without what moves the cursor of a terminal, but for line breaks and tabs.

    >>> printable("7 rows\\n\\x1b[2Jwrong")
    '7 rows\\n?[2Jwrong'
    """
    return "".join(each if each.isprintable() or each in "\n\t" else "?" for each in text)


def one_line(text: str) -> str:
    """The text without what is no character of a line.

    >>> one_line("/srv/pg\\n0 rows")
    '/srv/pg?0 rows'
    """
    return "".join(each if each.isprintable() else "?" for each in text)


__all__ = (
    "age_text",
    "begin_text",
    "count_text",
    "labels_text",
    "moment_text",
    "one_line",
    "printable",
    "size_text",
    "span_text",
)
