# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was verified when; the text form is the file ``verify.json`` in the cluster's folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ..errors import PitrError
from ..instant import format_instant, parse_instant
from ..wal.file_name import segment_number, timeline_of
from ..wal.interval_set import IntervalSet
from ..wal.listing import StoredWal
from ..wal.segment import SegmentSize
from ..wal.segment_range import SegmentRange, common
from .damage import Damage, DamageNote, FileIdentity
from .high_water import HighWater
from .unparsed import UnparsedWal

STATE_NAME = "verify.json"
_FORMAT = 1


class VerifyState:
    """When segments and files of backups were found whole.

    ``started`` and ``finished`` are of the last run, of that ``selection``; ``finished`` is ``None`` while it runs, and
    for one that was interrupted. ``seen`` is of the last run that came to its end, ``None``: there was none.
    """

    def __init__(self, size: SegmentSize) -> None:
        self.started: datetime | None = None
        self.finished: datetime | None = None
        self.selection = ""
        self.seen: HighWater | None = None
        self._size = size
        # Few runs each, because what one verification has read has one moment.
        self._wal: dict[int, dict[datetime, IntervalSet]] = {}
        self._files: dict[str, dict[str, datetime]] = {}
        self._unparsed = UnparsedWal()
        self._damage = DamageNote()

    @classmethod
    def parse(cls, text: str, *, size: SegmentSize) -> VerifyState:
        """Read the text form. Raises ValueError when it is none."""
        state = cls(size)
        try:
            document = json.loads(text)
            if document["format"] != _FORMAT:
                raise ValueError(f"format {document['format']}")
            state._fill(document)
        except (KeyError, TypeError, AttributeError, PitrError) as error:
            raise ValueError(f"{type(error).__name__} {error}") from error
        return state

    def _fill(self, document: Mapping[str, Any]) -> None:
        run = document["run"]
        self.selection = str(run["selection"])
        self.started = parse_instant(run["started"]) if run["started"] else None
        self.finished = parse_instant(run["finished"]) if run["finished"] else None
        for entry in document["wal"]:
            stretch = SegmentRange.named(entry["first_segment"], entry["last_segment"], size=self._size)
            self.add_wal(stretch, moment=parse_instant(entry["verified"]))
        for label, files in document["files"].items():
            self._files[str(label)] = {str(name): parse_instant(moment) for name, moment in files.items()}
        # Files of earlier releases have none of these.
        seen = document.get("seen")
        self.seen = None if seen is None else HighWater.from_form(seen, size=self._size)
        self._unparsed = UnparsedWal.from_form(document.get("unparsed", ()), size=self._size)
        self._damage = DamageNote.from_form(document.get("damaged"))

    def __str__(self) -> str:
        document = {
            "format": _FORMAT,
            "run": {
                "selection": self.selection,
                "started": None if self.started is None else format_instant(self.started),
                "finished": None if self.finished is None else format_instant(self.finished),
            },
            "seen": None if self.seen is None else self.seen.to_dict(self._size),
            "wal": [
                {
                    "first_segment": stretch.first_name(self._size),
                    "last_segment": stretch.last_name(self._size),
                    "verified": format_instant(moment),
                }
                for timeline, moments in sorted(self._wal.items())
                for moment, runs in sorted(moments.items())
                for stretch in (SegmentRange(timeline, first, end) for first, end in runs)
            ],
            "unparsed": self._unparsed.to_dict(self._size),
            "files": {
                label: {name: format_instant(moment) for name, moment in sorted(files.items())}
                for label, files in sorted(self._files.items())
            },
            "damaged": self._damage.to_dict(),
        }
        return json.dumps(document, indent=1) + "\n"

    def add_wal(self, stretch: SegmentRange, *, moment: datetime) -> None:
        """Note that these segments are whole."""
        self.remove_wal(stretch)
        for name in [*self._damage.segments]:
            number = segment_number(name, size_bytes=self._size.size_bytes)
            if timeline_of(name) == stretch.timeline and stretch.first <= number < stretch.end:
                del self._damage.segments[name]
        moments = self._wal.setdefault(stretch.timeline, {})
        moments[moment] = IntervalSet.joined([*moments.get(moment, ()), (stretch.first, stretch.end)])

    def add_damaged_segment(self, name: str, *, moment: datetime, identity: FileIdentity | None) -> None:
        """Note that a segment can't be read; the next run looks at it first."""
        number = segment_number(name, size_bytes=self._size.size_bytes)
        self.remove_wal(SegmentRange(timeline_of(name), number, number + 1))
        self._damage.segments[name] = Damage(moment, identity)

    def damaged_wal(self, timeline: int) -> IntervalSet:
        """The numbers of the timeline's segments that were found damaged."""
        names = (name for name in self._damage.segments if timeline_of(name) == timeline)
        return IntervalSet.of(segment_number(name, size_bytes=self._size.size_bytes) for name in names)

    def add_unparsed(self, stretch: SegmentRange, *, version: int) -> None:
        """Note that these segments are whole, but for their records, which no program of that version has read."""
        self._unparsed.add(stretch, version=version)

    def unparsed_count(self, wal: Mapping[int, IntervalSet]) -> int:
        """How many of these segments are whole as far as that goes without reading their records."""
        return self._unparsed.count(wal)

    def forget_unparsed(self, versions: Iterable[int]) -> None:
        """Forget segments whose records can be read now, as there are programs of these versions."""
        for stretch in self._unparsed.of_versions(versions):
            self.remove_wal(stretch)

    def remove_wal(self, stretch: SegmentRange) -> None:
        """Forget segments, so that the next run looks at them first."""
        self._unparsed.remove(stretch)
        taken = IntervalSet.joined([(stretch.first, stretch.end)])
        kept = {moment: runs.without(taken) for moment, runs in self._wal.get(stretch.timeline, {}).items()}
        self._wal[stretch.timeline] = {moment: runs for moment, runs in kept.items() if runs}

    def wal_moments(self, timeline: int, runs: IntervalSet) -> list[tuple[datetime | None, SegmentRange]]:
        """The segments in stretches that were verified at one moment each (``None``: never)."""
        parts: list[tuple[datetime | None, IntervalSet]] = []
        known = IntervalSet()
        for moment, verified in self._wal.get(timeline, {}).items():
            parts.append((moment, common(runs, verified)))
            known = IntervalSet.joined([*known, *verified])
        parts.append((None, runs.without(known)))
        return [(moment, SegmentRange(timeline, first, end)) for moment, part in parts for first, end in part]

    def add_file(self, label: str, *, name: str, moment: datetime) -> None:
        """Note that a backup's file is whole."""
        self._files.setdefault(label, {})[name] = moment
        self._damage.files.pop((label, name), None)

    def add_damaged_file(self, label: str, *, name: str, moment: datetime, identity: FileIdentity | None) -> None:
        """Note that a backup's file is damaged; the next run looks at it first."""
        self.remove_file(label, name=name)
        self._damage.files[label, name] = Damage(moment, identity)

    def is_damaged_file(self, label: str, *, name: str) -> bool:
        """Whether the file was found damaged."""
        return (label, name) in self._damage.files

    def remove_file(self, label: str, *, name: str) -> None:
        """Forget a backup's file."""
        self._files.get(label, {}).pop(name, None)

    def file_moment(self, label: str, *, name: str) -> datetime | None:
        """When the file was verified last, ``None``: never."""
        return self._files.get(label, {}).get(name)

    def keep_only(self, *, labels: Iterable[str], wal: Mapping[int, IntervalSet]) -> None:
        """Forget what is not in the repository any more."""
        kept = frozenset(labels)
        self._files = {label: files for label, files in self._files.items() if label in kept}
        for timeline, moments in list(self._wal.items()):
            there = wal.get(timeline, IntervalSet())
            left = {moment: common(runs, there) for moment, runs in moments.items()}
            self._wal[timeline] = {moment: runs for moment, runs in left.items() if runs}
        self._unparsed.keep_only(wal)
        stored = StoredWal(wal, (), self._size)
        self._damage.keep_only(labels=kept, has_segment=stored.has)


__all__ = ("STATE_NAME", "VerifyState")
