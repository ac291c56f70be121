# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of a verification, for programs and as text for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..wording import size_text
from .finding import Finding

_SHOWN_IN_MESSAGE = 3
_COLUMNS = (22, 44)


@dataclass(frozen=True)
class VerifyCounts:
    """How much was looked at: backups, their archives and manifests, the cluster's files in them, WAL segments, and
    the stored bytes that were read."""

    backups: int = 0
    archives: int = 0
    files: int = 0
    segments: int = 0
    read_bytes: int = 0

    def to_dict(self) -> dict[str, int]:
        """The counts for programs, without the bytes."""
        return {
            "backups": self.backups,
            "archives": self.archives,
            "files": self.files,
            "segments": self.segments,
        }


@dataclass(frozen=True)
class VerifyReport:
    """What was verified of the cluster ``name``, and what was found wrong.

    ``left`` was not read in this run, because it was verified not long ago or is not in the sample; ``never_verified``
    was not read by any run so far. In a rehearsal nothing is read: ``verified`` is what would be, and findings are
    those that need no reading. ``looked_at`` counts the backups, of which ``verified`` has those that were read whole.
    ``unparsed`` counts segments that are whole and whose records no run could parse, for want of PostgreSQL's programs.
    """

    name: str
    findings: tuple[Finding, ...]
    verified: VerifyCounts
    left: VerifyCounts
    seconds: float
    looked_at: int = 0
    never_verified: VerifyCounts = VerifyCounts()
    unparsed: int = 0
    is_rehearsal: bool = False
    notes: tuple[str, ...] = ()

    @property
    def damaged(self) -> tuple[str, ...]:
        """What is there and not as it should be, each once."""
        return tuple(dict.fromkeys(each.subject for each in self.findings if not each.is_missing))

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not there, each once."""
        return tuple(dict.fromkeys(each.subject for each in self.findings if each.is_missing))

    def message(self) -> str:
        """The first findings in one sentence."""
        shown = "; ".join(each.message for each in self.findings[:_SHOWN_IN_MESSAGE])
        more = len(self.findings) - _SHOWN_IN_MESSAGE
        count = f"{len(self.findings)} thing{' is' if len(self.findings) == 1 else 's are'}"
        return f"{count} wrong in the repository of '{self.name}': {shown}" + (f"; and {more} more" if more > 0 else "")

    def to_dict(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "cluster": self.name,
            "ok": not self.findings,
            "findings": [each.to_dict() for each in self.findings],
            "damaged": list(self.damaged),
            "missing": list(self.missing),
            "verified": self.verified.to_dict(),
            "left": self.left.to_dict(),
            "never_verified": self.never_verified.to_dict(),
            "looked_at_backups": self.looked_at,
            "unparsed_segments": self.unparsed,
            "read_bytes": self.verified.read_bytes,
            "seconds": round(self.seconds, 3),
            "notes": list(self._all_notes()),
            "text": self.text(),
        }

    def text(self) -> str:
        """The report as lines, the findings as a table; ends with a line break."""
        lines = [f"{self.name}: {self._summary()}"]
        lines += [f"  note      {note}" for note in self._all_notes()]
        lines += [line for finding in self.findings for line in _finding_lines(finding)]
        return "\n".join(lines) + "\n"

    def _all_notes(self) -> Iterator[str]:
        yield from self.notes
        if self.unparsed:
            yield (
                f"the records of {self.unparsed} WAL segments were not parsed: this host has no PostgreSQL programs of"
                " their version"
            )
        never = self.never_verified
        if never.archives or never.segments:
            yield f"verified by no run so far: {never.archives} archives and manifests, {never.segments} WAL segments"

    def _summary(self) -> str:
        counts = self.verified
        backups = f"{counts.backups} backups"
        if counts.backups != self.looked_at:
            backups = f"{counts.backups} of {self.looked_at} backups whole"
        what = (
            f"{backups}, {counts.archives} archives and manifests, {counts.segments} WAL segments, "
            f"{size_text(counts.read_bytes)}"
        )
        done = f"would read {what}" if self.is_rehearsal else f"read {what} in {self.seconds:.1f} s"
        left = f"; not this time: {self.left.archives} archives and manifests, {self.left.segments} WAL segments"
        return (
            ("WRONG" if self.findings else "ok")
            + f", {done}"
            + (left if self.left.archives or self.left.segments else "")
            + (f"; {len(self.findings)} found wrong" if self.findings else "")
        )


def _finding_lines(finding: Finding) -> list[str]:
    code, subject = finding.code.ljust(_COLUMNS[0]), finding.subject.ljust(_COLUMNS[1])
    lines = [f"  {code} {subject} {finding.message}"]
    cost = str(finding.cost)
    return [*lines, f"  {'':{_COLUMNS[0]}} costs: {cost}"] if cost else lines


__all__ = ("VerifyCounts", "VerifyReport")
