# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was healed of a repository, and what could not be."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Healed:
    """What was damaged or missing, as in the finding, and the name of the repository that it was taken from."""

    subject: str
    source: str

    def __str__(self) -> str:
        return f"{self.subject} was healed from the repository '{self.source}'"

    def to_dict(self) -> dict[str, str]:
        """The same as data."""
        return {"subject": self.subject, "source": self.source}


@dataclass
class HealOutcome:
    """What was healed, and in sentences what was not, with the reason."""

    healed: list[Healed] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


__all__ = ("HealOutcome", "Healed")
