# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of a verification."""

from __future__ import annotations

from dataclasses import dataclass

from ..._core.wording import count_text, size_text


@dataclass(frozen=True)
class VerifyProgress:
    """What has been read of what will be, and the count of problems found so far; times in seconds."""

    files: int
    all_files: int
    segments: int
    all_segments: int
    read_bytes: int
    findings: int
    seconds: float

    def __str__(self) -> str:
        parts = []
        if self.all_files:
            parts.append(f"{self.files} of {self.all_files} archives and manifests")
        if self.all_segments:
            parts.append(f"{self.segments} of {self.all_segments} WAL segments")
        parts.append(f"{size_text(self.read_bytes)} in {self.seconds:.0f} s")
        return ", ".join(parts) + (f", {count_text(self.findings, 'problem')} found" if self.findings else "")


__all__ = ("VerifyProgress",)
