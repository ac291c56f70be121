# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What verification found damaged, and when; a part of the file ``verify.json``."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ..instant import format_instant, parse_instant
from ..wal.file_name import SEGMENT, wal_file_kind


@dataclass(frozen=True)
class FileIdentity:
    """By what a file is told from another one of its name. Its owner, rights and links may change: it stays damaged."""

    inode: int
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True)
class Damage:
    """When a file was found damaged, and which one it was, ``None``: it was gone.

    ``is_any_file``: nobody noted which one, as in files of earlier releases.
    """

    moment: datetime
    identity: FileIdentity | None = None
    is_any_file: bool = False

    @classmethod
    def from_form(cls, form: Any) -> Damage:
        """From what :meth:`form` gave. Raises KeyError, TypeError or ValueError for anything else."""
        if isinstance(form, str):
            return cls(parse_instant(form), is_any_file=True)
        file = form["file"]
        return cls(parse_instant(form["found"]), None if file is None else FileIdentity(**file))

    def to_dict(self) -> Any:
        """As data."""
        found = format_instant(self.moment)
        if self.is_any_file:
            return found
        return {"found": found, "file": None if self.identity is None else asdict(self.identity)}

    def is_of(self, present: FileIdentity) -> bool:
        """Whether the file that lies there now is the damaged one."""
        return self.is_any_file or present == self.identity


@dataclass
class DamageNote:
    """The damage by name of each segment, and by (label, name) of each file of a backup."""

    segments: dict[str, Damage] = field(default_factory=dict)
    files: dict[tuple[str, str], Damage] = field(default_factory=dict)

    @classmethod
    def from_form(cls, form: Any) -> DamageNote:
        """From what :meth:`form` gave; files of earlier releases have ``None``.

        Raises KeyError, TypeError, AttributeError or ValueError for anything else.
        """
        note = cls()
        if form is None:
            return note
        for name, damage in form["segments"].items():
            if wal_file_kind(name) != SEGMENT:
                raise ValueError(f"'{name}' is not the name of a WAL segment")
            note.segments[name] = Damage.from_form(damage)
        for label, files in form["files"].items():
            note.files.update({(label, name): Damage.from_form(damage) for name, damage in files.items()})
        return note

    def to_dict(self) -> dict[str, Any]:
        """As data."""
        files: dict[str, dict[str, Any]] = {}
        for (label, name), damage in sorted(self.files.items(), key=lambda item: item[0]):
            files.setdefault(label, {})[name] = damage.to_dict()
        segments = {name: self.segments[name].to_dict() for name in sorted(self.segments)}
        return {"segments": segments, "files": files}

    def keep_only(self, *, labels: Container[str], has_segment: Callable[[str], bool]) -> None:
        """Forget what is not in the repository any more."""
        self.segments = {name: damage for name, damage in self.segments.items() if has_segment(name)}
        self.files = {place: damage for place, damage in self.files.items() if place[0] in labels}


__all__ = ("Damage", "DamageNote", "FileIdentity")
