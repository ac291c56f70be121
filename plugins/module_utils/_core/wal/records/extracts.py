# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extracts of WAL joined, and cut into those of segments."""

from __future__ import annotations

from collections.abc import Sequence

from ..event import ParameterChange, Snapshot, TablespaceCreation, TimelineBeginning, WalEvent, WalExtract
from ..lsn import Lsn
from ..segment import SegmentSize


def joined(extracts: Sequence[WalExtract]) -> WalExtract:
    """Everything that these say, each kind in the order of the positions; the end is that of the last one."""
    return WalExtract(
        events=tuple(sorted((each for extract in extracts for each in extract.events), key=_position)),
        end=extracts[-1].end if extracts else None,
        parameter_changes=tuple(
            sorted((each for extract in extracts for each in extract.parameter_changes), key=_position)
        ),
        tablespaces=tuple(sorted((each for extract in extracts for each in extract.tablespaces), key=_position)),
        beginnings=tuple(sorted((each for extract in extracts for each in extract.beginnings), key=_position)),
        snapshots=tuple(sorted((each for extract in extracts for each in extract.snapshots), key=_position)),
    )


def part_of(extract: WalExtract, *, number: int, size: SegmentSize) -> WalExtract:
    """What it says of the records that begin in this segment; with an end only where the WAL ends in it, or before."""

    def is_in(lsn: Lsn) -> bool:
        return size.number_at(lsn) == number

    ends_here = extract.end is not None and extract.end <= size.start_of(number + 1)
    return WalExtract(
        events=tuple(each for each in extract.events if is_in(each.lsn)),
        end=extract.end if ends_here else None,
        parameter_changes=tuple(each for each in extract.parameter_changes if is_in(each.lsn)),
        tablespaces=tuple(each for each in extract.tablespaces if is_in(each.lsn)),
        beginnings=tuple(each for each in extract.beginnings if is_in(each.lsn)),
        snapshots=tuple(each for each in extract.snapshots if is_in(each.lsn)),
    )


def _position(record: WalEvent | ParameterChange | TablespaceCreation | TimelineBeginning | Snapshot) -> Lsn:
    return record.lsn


__all__ = ("joined", "part_of")
