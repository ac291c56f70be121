# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timestamps and their text form in results: ISO 8601 in UTC with microseconds."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_LENGTH = len("2026-09-15T12:30:00.000000Z")
_CLOCK_TOLERANCE = timedelta(minutes=5)


def format_instant(moment: datetime) -> str:
    """The timestamp as text, such as ``2026-09-15T12:30:00.000000Z``. Raises ValueError without a UTC offset."""
    if moment.tzinfo is None:
        raise ValueError("a timestamp without a UTC offset")
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_instant(text: str) -> datetime:
    """The timestamp that :func:`format_instant` wrote.

    >>> str(parse_instant("2026-09-15T12:30:00.000000Z"))
    '2026-09-15 12:30:00+00:00'
    """
    # Ten times as fast as strptime, which matters with thousands of backups.
    if len(text) == _LENGTH and text.endswith("Z"):
        return datetime.fromisoformat(text[:-1]).replace(tzinfo=timezone.utc)
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def is_dated_in_future(moment: datetime, *, now: datetime) -> bool:
    """Whether the timestamp of a past event lies ahead of ``now`` by more than clocks usually differ (5 minutes).

    >>> noon = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
    >>> is_dated_in_future(noon + timedelta(minutes=4), now=noon), is_dated_in_future(noon.replace(hour=13), now=noon)
    (False, True)
    """
    return moment - now > _CLOCK_TOLERANCE


__all__ = ("format_instant", "is_dated_in_future", "parse_instant")
