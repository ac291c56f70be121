# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WAL that retention has removed; the text form is the file ``expired_wal.json`` of a cluster's folder.

There is no WAL between backups kept by a calendar rule and the recovery window. The file distinguishes those segments
from lost ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import Damaged, PitrError
from ..json_fields import load_json
from .interval_set import IntervalSet
from .segment import Segment, SegmentSize

_FORMAT = 1


def format_expired(expired: Mapping[int, IntervalSet], *, size: SegmentSize) -> str:
    """The text of the file."""
    ranges = [
        {"first_segment": str(Segment(timeline, first, size)), "last_segment": str(Segment(timeline, end - 1, size))}
        for timeline, intervals in sorted(expired.items())
        for first, end in intervals
    ]
    return json.dumps({"format": _FORMAT, "ranges": ranges}, indent=2) + "\n"


def parse_expired(text: str, *, size: SegmentSize) -> dict[int, IntervalSet]:
    """The numbers of the removed segments by timeline. Raises Damaged (``expired-wal-damaged``)."""
    try:
        document = load_json(text)
        if document["format"] != _FORMAT:
            raise ValueError(f"format {document['format']}")
        return _from_ranges(document["ranges"], size=size)
    except (ValueError, KeyError, TypeError, AttributeError, PitrError) as error:
        raise Damaged(
            f"this is not a list of removed WAL: {type(error).__name__} {error}",
            code="expired-wal-damaged",
            hint="Remove the file; WAL that retention removed is then reported as gaps.",
        ) from error


def joined(expired: Mapping[int, IntervalSet], more: Mapping[int, IntervalSet]) -> dict[int, IntervalSet]:
    """The union of both."""
    return {
        timeline: IntervalSet.joined([*expired.get(timeline, IntervalSet()), *more.get(timeline, IntervalSet())])
        for timeline in sorted({*expired, *more})
    }


def _from_ranges(ranges: list[dict[str, Any]], *, size: SegmentSize) -> dict[int, IntervalSet]:
    pairs: dict[int, list[tuple[int, int]]] = {}
    for each in ranges:
        first = Segment.parse(each["first_segment"], size=size)
        last = Segment.parse(each["last_segment"], size=size)
        pairs.setdefault(first.timeline, []).append((first.number, last.number + 1))
    return {timeline: IntervalSet.joined(found) for timeline, found in pairs.items()}


__all__ = ("format_expired", "joined", "parse_expired")
