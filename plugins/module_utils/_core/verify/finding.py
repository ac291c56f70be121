# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verification found wrong, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

RECORD = "record"
MANIFEST = "manifest"
ARCHIVE = "archive"
CHAIN = "chain"
SEGMENT = "segment"
HISTORY = "history"


@dataclass(frozen=True)
class Impact:
    """What can't be recovered because of a finding.

    ``unusable`` are labels of backups that are not to be relied on. Recovery from ``from_backup`` (a label) ends at the
    position ``ends_at``; it is possible again with ``resumes_with`` (a label), ``None``: with no backup there is.
    ``text`` is a cost that is none of these.
    """

    unusable: tuple[str, ...] = ()
    from_backup: str | None = None
    ends_at: str | None = None
    resumes_with: str | None = None
    text: str = ""

    def __str__(self) -> str:
        parts = [self.text] if self.text else []
        if self.unusable:
            parts.append(f"not to be relied on: {', '.join(self.unusable)}")
        if self.ends_at:
            parts.append(f"recovery from {self.from_backup} ends at {self.ends_at}")
            resumes = self.resumes_with
            parts.append(f"what follows is lost up to the end of {resumes}" if resumes else "what follows is lost")
        return "; ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """The cost for programs."""
        return {
            "unusable_backups": list(self.unusable),
            "window": {"backup": self.from_backup, "ends_at": self.ends_at, "resumes_with": self.resumes_with}
            if self.ends_at
            else None,
            "text": str(self),
        }


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, in a ``backup`` (its label, and the ``file`` there) or in the WAL.

    ``segment`` is a WAL file's name; a stretch of missing segments goes up to ``last_segment``. ``code`` is stable,
    ``kind`` one of the six constants above.
    """

    kind: str
    code: str
    message: str
    backup: str | None = None
    file: str | None = None
    segment: str | None = None
    last_segment: str | None = None
    cost: Impact = field(default_factory=Impact)

    @property
    def is_missing(self) -> bool:
        """Whether something is not there, rather than damaged."""
        return self.code.endswith("-missing") or self.code == "chain-broken"

    @property
    def subject(self) -> str:
        """What is wrong, as one word: a segment or a stretch of them, or a backup with the file there."""
        if self.segment is not None:
            same = self.last_segment in (None, self.segment)
            return self.segment if same else f"{self.segment}-{self.last_segment}"
        return "/".join(part for part in (self.backup, self.file) if part)

    def to_dict(self) -> dict[str, Any]:
        """The finding for programs."""
        return {
            "kind": self.kind,
            "code": self.code,
            "backup": self.backup,
            "file": self.file,
            "segment": self.segment,
            "last_segment": self.last_segment if self.last_segment is not None else self.segment,
            "message": self.message,
            "cost": self.cost.to_dict(),
        }


__all__ = ("ARCHIVE", "CHAIN", "HISTORY", "MANIFEST", "RECORD", "SEGMENT", "Finding", "Impact")
