# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan has to know of a segment without reading it again, as a value and as a line of the index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..instant import format_instant
from ..json_fields import MOST_UINT32, moment_of, number_of, text_of
from .event import RESTORE_POINT, ParameterChange, TablespaceCreation, TimelineBeginning, WalEvent, WalExtract
from .lsn import Lsn

_HALF = 0x80000000
_MASK = 0xFFFFFFFF


@dataclass(frozen=True)
class SegmentFacts:
    """The facts of the records that begin in one segment.

    ``first``, ``least`` and ``greatest`` are times of commits and aborts: of the first one in the order of the WAL, the
    earliest and the latest (``None``: there is none). ``xids`` are the oldest and the newest number of a transaction
    that ended, those of subtransactions included.
    """

    first: datetime | None = None
    least: datetime | None = None
    greatest: datetime | None = None
    xids: tuple[int, int] | None = None
    restore_points: tuple[WalEvent, ...] = ()
    parameter_changes: tuple[ParameterChange, ...] = ()
    tablespaces: tuple[TablespaceCreation, ...] = ()
    beginnings: tuple[TimelineBeginning, ...] = ()

    @classmethod
    def of(cls, extract: WalExtract) -> SegmentFacts:
        """The facts of what was read of a segment."""
        moments = [event.moment for event in extract.events if event.moment is not None]
        return cls(
            first=moments[0] if moments else None,
            least=min(moments, default=None),
            greatest=max(moments, default=None),
            xids=_range_of(xid for event in extract.events if event.ends_transaction for xid in _numbers(event)),
            restore_points=tuple(event for event in extract.events if event.kind == RESTORE_POINT),
            parameter_changes=extract.parameter_changes,
            tablespaces=extract.tablespaces,
            beginnings=extract.beginnings,
        )

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> SegmentFacts:
        """Read what :meth:`to_dict` made. Raises ValueError, KeyError, TypeError, AttributeError or InvalidInput for
        anything else."""
        times = record["times"]
        first, least, greatest = (moment_of(text, "time") for text in times) if times else (None, None, None)
        oldest, newest = record["xids"] or (None, None)
        return cls(
            first=first,
            least=least,
            greatest=greatest,
            xids=None if oldest is None else (_number(oldest), _number(newest)),
            restore_points=tuple(
                WalEvent(Lsn.parse(lsn), RESTORE_POINT, name=text_of(name, "name"))
                for lsn, name in record["restore_points"]
            ),
            parameter_changes=tuple(
                ParameterChange(Lsn.parse(lsn), text_of(level, "wal_level"), _settings(settings))
                for lsn, level, settings in record["parameter_changes"]
            ),
            tablespaces=tuple(
                TablespaceCreation(Lsn.parse(lsn), _number(oid), text_of(location, "location"))
                for lsn, oid, location in record["tablespaces"]
            ),
            beginnings=tuple(
                TimelineBeginning(Lsn.parse(lsn), _number(timeline), moment_of(moment, "moment"))
                for lsn, timeline, moment in record["beginnings"]
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """The facts as plain data."""
        times = [format_instant(each) for each in (self.first, self.least, self.greatest) if each is not None]
        return {
            "times": times,
            "xids": list(self.xids or ()),
            "restore_points": [[str(each.lsn), each.name] for each in self.restore_points],
            "parameter_changes": [
                [str(each.lsn), each.wal_level, dict(each.settings)] for each in self.parameter_changes
            ],
            "tablespaces": [[str(each.lsn), each.oid, each.location] for each in self.tablespaces],
            "beginnings": [[str(each.lsn), each.timeline, format_instant(each.moment)] for each in self.beginnings],
        }

    def has_later_than(self, moment: datetime, *, inclusive: bool) -> bool:
        """Whether a recovery to this time would stop in this segment."""
        return self.greatest is not None and (self.greatest > moment if inclusive else self.greatest >= moment)

    def may_have_xid(self, xid: int) -> bool:
        """Whether the transaction, or a subtransaction of this number, may have ended here."""
        if self.xids is None:
            return False
        low, high = self.xids
        return (xid - low) & _MASK <= (high - low) & _MASK


def _number(value: Any) -> int:
    return number_of(value, "number", most=MOST_UINT32)


def _settings(values: Mapping[str, Any]) -> dict[str, int]:
    return {text_of(name, "setting"): number_of(value, name) for name, value in values.items()}


def _numbers(event: WalEvent) -> tuple[int, ...]:
    return (event.xid, *event.subtransactions)


def _range_of(numbers: Iterable[int]) -> tuple[int, int] | None:
    """The oldest and the newest number, in the circle that 32 bits make; ``None`` without any."""
    low = high = None
    for number in numbers:
        if low is None or high is None:
            low = high = number
        elif (number - low) & _MASK >= _HALF:
            low = number
        elif (number - high) & _MASK < _HALF:
            high = number
    return None if low is None or high is None else (low, high)


__all__ = ("SegmentFacts",)
