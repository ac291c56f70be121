# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damage that verification has found, and when."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class FileIdentity:
    """Distinguishes a file from another one with its name, but not by owner, mode or links, which may change."""

    inode: int
    size_bytes: int
    mtime_ns: int

    @classmethod
    def of_version(cls, version: str) -> FileIdentity | None:
        """The identity in a version that a directory's storage tells; ``None``: it is of another kind of storage.

        >>> FileIdentity.of_version("4711-16384-1700000000000000000")
        FileIdentity(inode=4711, size_bytes=16384, mtime_ns=1700000000000000000)
        """
        numbers = version.split("-")
        return cls(*map(int, numbers)) if len(numbers) == 3 and all(each.isdigit() for each in numbers) else None


@dataclass(frozen=True)
class Damage:
    """When a file was found damaged, and the file's identity (``None``: it was missing).

    ``is_any_file``: the identity was not recorded, as in the state of earlier releases.
    """

    moment: datetime
    identity: FileIdentity | None = None
    is_any_file: bool = False

    def is_of(self, present: FileIdentity) -> bool:
        """Whether the present file is the damaged one."""
        return self.is_any_file or present == self.identity


@dataclass
class DamageRecord:
    """The damage of segments by name, and of backups' files by (label, name)."""

    segments: dict[str, Damage] = field(default_factory=dict)
    files: dict[tuple[str, str], Damage] = field(default_factory=dict)

    def keep_only(self, *, labels: Container[str], has_segment: Callable[[str], bool]) -> None:
        """Forget backups and segments that are no longer in the repository."""
        self.segments = {name: damage for name, damage in self.segments.items() if has_segment(name)}
        self.files = {key: damage for key, damage in self.files.items() if key[0] in labels}


__all__ = ("Damage", "DamageRecord", "FileIdentity")
