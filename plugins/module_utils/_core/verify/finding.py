# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The problems that a verification finds, and their impact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

RECORD = "record"
MANIFEST = "manifest"
ARCHIVE = "archive"
CHAIN = "chain"
SEGMENT = "segment"
HISTORY = "history"
ORIGIN = "origin"


@dataclass(frozen=True)
class Impact:
    """What can't be recovered because of a finding.

    ``unusable`` are labels of backups that must not be relied on. Recovery from ``from_backup`` (a label) ends at the
    position ``ends_at``, and is possible again from ``resumes_with`` (a label; ``None``: from no present backup).
    ``text`` is any other impact.
    """

    unusable: tuple[str, ...] = ()
    from_backup: str | None = None
    ends_at: str | None = None
    resumes_with: str | None = None
    text: str = ""

    def __str__(self) -> str:
        parts = [self.text] if self.text else []
        if self.unusable:
            parts.append(f"unusable: {', '.join(self.unusable)}")
        if self.ends_at:
            parts.append(f"recovery from {self.from_backup} ends at {self.ends_at}")
            resumes = self.resumes_with
            parts.append(f"everything up to the end of {resumes} is lost" if resumes else "everything after it is lost")
        return "; ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """The impact as data."""
        return {
            "unusable_backups": list(self.unusable),
            "window": {"backup": self.from_backup, "ends_at": self.ends_at, "resumes_with": self.resumes_with}
            if self.ends_at
            else None,
            "text": str(self),
        }


@dataclass(frozen=True)
class Finding:
    """A problem in a ``backup`` (its label, and the ``file`` there) or in the WAL.

    ``segment`` is a segment's name, and ``last_segment`` the end of a range of missing ones. ``code`` is stable,
    ``kind`` one of the seven constants above.
    """

    kind: str
    code: str
    message: str
    backup: str | None = None
    file: str | None = None
    segment: str | None = None
    last_segment: str | None = None
    impact: Impact = field(default_factory=Impact)

    @property
    def is_missing(self) -> bool:
        """Whether something is missing, rather than damaged."""
        return self.code.endswith("-missing") or self.code == "chain-broken"

    @property
    def subject(self) -> str:
        """The damaged or missing object as one word: a segment, a range of segments, or a backup and its file."""
        if self.segment is not None:
            same = self.last_segment in (None, self.segment)
            return self.segment if same else f"{self.segment}-{self.last_segment}"
        return "/".join(part for part in (self.backup, self.file) if part)

    def to_dict(self) -> dict[str, Any]:
        """The finding as data."""
        return {
            "kind": self.kind,
            "code": self.code,
            "backup": self.backup,
            "file": self.file,
            "segment": self.segment,
            "last_segment": self.last_segment if self.last_segment is not None else self.segment,
            "message": self.message,
            "cost": self.impact.to_dict(),
        }


__all__ = ("ARCHIVE", "CHAIN", "HISTORY", "MANIFEST", "ORIGIN", "RECORD", "SEGMENT", "Finding", "Impact")
