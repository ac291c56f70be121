# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What verification found damaged, and when; a part of the file ``verify.json``."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .instant import format_instant, parse_instant
from .wal_name import SEGMENT, wal_file_kind


@dataclass
class DamageNote:
    """The moment by name of each damaged segment, and by (label, name) of each damaged file of a backup."""

    segments: dict[str, datetime] = field(default_factory=dict)
    files: dict[tuple[str, str], datetime] = field(default_factory=dict)

    @classmethod
    def from_form(cls, form: Any) -> DamageNote:
        """From what :meth:`form` gave; files of earlier releases have ``None``.

        Raises KeyError, TypeError, AttributeError or ValueError for anything else.
        """
        note = cls()
        if form is None:
            return note
        for name, moment in form["segments"].items():
            if wal_file_kind(name) != SEGMENT:
                raise ValueError(f"'{name}' is not the name of a WAL segment")
            note.segments[name] = parse_instant(moment)
        for label, files in form["files"].items():
            note.files.update({(label, name): parse_instant(moment) for name, moment in files.items()})
        return note

    def form(self) -> dict[str, Any]:
        """As data."""
        files: dict[str, dict[str, str]] = {}
        for (label, name), moment in sorted(self.files.items()):
            files.setdefault(label, {})[name] = format_instant(moment)
        segments = {name: format_instant(moment) for name, moment in sorted(self.segments.items())}
        return {"segments": segments, "files": files}

    def keep_only(self, *, labels: Container[str], has_segment: Callable[[str], bool]) -> None:
        """Forget what is not in the repository any more."""
        self.segments = {name: moment for name, moment in self.segments.items() if has_segment(name)}
        self.files = {place: moment for place, moment in self.files.items() if place[0] in labels}


__all__ = ("DamageNote",)
