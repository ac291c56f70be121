# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a verification as data, and as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..wording import count_text, size_text
from .finding import Finding
from .healed import Healed

_SHOWN_IN_MESSAGE = 3
_COLUMNS = (22, 44)


@dataclass(frozen=True)
class VerifyCounts:
    """Counts of backups, their tar files and manifests, the cluster's files in these, WAL segments, and the stored
    bytes that were read."""

    backups: int = 0
    archives: int = 0
    files: int = 0
    segments: int = 0
    read_bytes: int = 0

    def to_dict(self) -> dict[str, int]:
        """The counts as data, without the bytes."""
        return {
            "backups": self.backups,
            "archives": self.archives,
            "files": self.files,
            "segments": self.segments,
        }

    def plus(self, other: VerifyCounts) -> VerifyCounts:
        """Both together; of backups the greater number, as the same may be among both."""
        return VerifyCounts(
            max(self.backups, other.backups),
            self.archives + other.archives,
            self.files + other.files,
            self.segments + other.segments,
            self.read_bytes + other.read_bytes,
        )


@dataclass(frozen=True)
class VerifyReport:
    """What was verified of the cluster ``name``, and the problems found.

    ``left`` was not read in this run, because it was verified recently or is not in the sample; ``never_verified`` has
    not been read by any run yet. In a rehearsal nothing is read: ``verified`` is what would be, and the findings are
    those that need no reading. ``looked_at`` counts the backups, of which ``verified`` has those that are intact.
    ``unparsed`` counts intact segments whose records could not be parsed without PostgreSQL's programs;
    ``encrypted_archives`` and ``encrypted_segments`` those of this run of which only what is stored was looked at.
    ``healed`` was damaged or missing, and is whole now; it is no finding any more.
    """

    name: str
    findings: tuple[Finding, ...]
    verified: VerifyCounts
    left: VerifyCounts
    seconds: float
    looked_at: int = 0
    never_verified: VerifyCounts = VerifyCounts()
    unparsed: int = 0
    encrypted_archives: int = 0
    encrypted_segments: int = 0
    is_rehearsal: bool = False
    notes: tuple[str, ...] = ()
    healed: tuple[Healed, ...] = ()

    def after_healing(self, again: VerifyReport, *, healed: Sequence[Healed]) -> VerifyReport:
        """This report with what ``again``, which read what had been damaged once more, has found."""
        left = {each.subject for each in again.findings}
        return replace(
            again,
            verified=self.verified.plus(again.verified),
            left=self.left,
            seconds=self.seconds + again.seconds,
            encrypted_archives=self.encrypted_archives + again.encrypted_archives,
            encrypted_segments=self.encrypted_segments + again.encrypted_segments,
            healed=tuple(each for each in healed if each.subject not in left),
        )

    @property
    def damaged(self) -> tuple[str, ...]:
        """The damaged objects, each once."""
        return tuple(dict.fromkeys(each.subject for each in self.findings if not each.is_missing))

    @property
    def missing(self) -> tuple[str, ...]:
        """The missing objects, each once."""
        return tuple(dict.fromkeys(each.subject for each in self.findings if each.is_missing))

    def message(self) -> str:
        """The first findings in one sentence."""
        shown = "; ".join(each.message for each in self.findings[:_SHOWN_IN_MESSAGE])
        more = len(self.findings) - _SHOWN_IN_MESSAGE
        count = count_text(len(self.findings), "problem")
        return f"{count} found in the repository of '{self.name}': {shown}" + (f"; and {more} more" if more > 0 else "")

    def to_dict(self) -> dict[str, Any]:
        """The report as data."""
        return {
            "cluster": self.name,
            "ok": not self.findings,
            "findings": [each.to_dict() for each in self.findings],
            "damaged": list(self.damaged),
            "missing": list(self.missing),
            "healed": [each.to_dict() for each in self.healed],
            "verified": self.verified.to_dict(),
            "left": self.left.to_dict(),
            "never_verified": self.never_verified.to_dict(),
            "looked_at_backups": self.looked_at,
            "unparsed_segments": self.unparsed,
            "encrypted_archives": self.encrypted_archives,
            "encrypted_segments": self.encrypted_segments,
            "read_bytes": self.verified.read_bytes,
            "seconds": round(self.seconds, 3),
            "notes": list(self._all_notes()),
            "text": self.text(),
        }

    def text(self) -> str:
        """The report as lines, the findings as a table; ends with a line break."""
        lines = [f"{self.name}: {self._summary()}"]
        lines += [f"  healed    {each}" for each in self.healed]
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
        if self.encrypted_archives or self.encrypted_segments:
            yield (
                f"{self.encrypted_archives} archives and {self.encrypted_segments} WAL segments are encrypted: they are"
                " as they were stored; what is in them can be read only with the age identity, by a restore"
            )
        never = self.never_verified
        if never.archives or never.segments:
            yield f"not verified by any run yet: {never.archives} archives and manifests, {never.segments} WAL segments"

    def _summary(self) -> str:
        counts = self.verified
        backups = f"{counts.backups} backups"
        if counts.backups != self.looked_at:
            backups = f"{counts.backups} of {self.looked_at} backups completely"
        what = (
            f"{backups}, {counts.archives} archives and manifests, {counts.segments} WAL segments, "
            f"{size_text(counts.read_bytes)}"
        )
        done = f"would read {what}" if self.is_rehearsal else f"read {what} in {self.seconds:.1f} s"
        left = f"; not in this run: {self.left.archives} archives and manifests, {self.left.segments} WAL segments"
        return (
            ("WRONG" if self.findings else "ok")
            + f", {done}"
            + (left if self.left.archives or self.left.segments else "")
            + (f"; {count_text(len(self.findings), 'problem')} found" if self.findings else "")
        )


def _finding_lines(finding: Finding) -> list[str]:
    code, subject = finding.code.ljust(_COLUMNS[0]), finding.subject.ljust(_COLUMNS[1])
    lines = [f"  {code} {subject} {finding.message}"]
    impact = str(finding.impact)
    return [*lines, f"  {'':{_COLUMNS[0]}} impact: {impact}"] if impact else lines


__all__ = ("VerifyCounts", "VerifyReport")
