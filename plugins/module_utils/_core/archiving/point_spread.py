# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far apart one restore point came to lie in several clusters, and whether it is one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..errors import Failed
from ..instant import format_instant
from ..wording import count_text


@dataclass(frozen=True)
class PointSpread:
    """The restore point ``name``: when each host wrote it, by its own clock, and which hosts lack it.

    ``moment`` is the one that was agreed on (``None``: one cluster alone), ``clocks_ms`` how far the clocks may differ.
    """

    name: str
    written: Mapping[str, datetime]
    lacking: Sequence[str] = ()
    moment: datetime | None = None
    limit_ms: float = 1000
    clocks_ms: float | None = None

    @property
    def spread_ms(self) -> float | None:
        """Between the first and the last; ``None``: nobody wrote it."""
        if not self.written:
            return None
        return _milliseconds(min(self.written.values()), max(self.written.values()))

    @property
    def late(self) -> tuple[str, ...]:
        """The hosts that wrote it too long after the moment."""
        moment = self.moment
        if moment is None:
            return ()
        return tuple(host for host, at in self.written.items() if _milliseconds(moment, at) > self.limit_ms)

    @property
    def is_coordinated(self) -> bool:
        """Whether every cluster has it, and each in time."""
        return bool(self.written) and not self.lacking and not self.late

    def check(self) -> None:
        """Raise Failed (``restore-point-not-coordinated``), with who has it, when it is not one moment of all."""
        if self.is_coordinated:
            return
        having = ", ".join(self.written) or "no cluster"
        parts = [f"{having} {'has' if len(self.written) < 2 else 'have'} it"]
        parts += [f"{', '.join(self.lacking)} {_verb(self.lacking)} not"] if self.lacking else []
        parts += [f"{', '.join(self.late)} wrote it more than {self.limit_ms:g} ms late"] if self.late else []
        raise Failed(
            f"restore point '{self.name}' is not one moment of all clusters: {'; '.join(parts)}",
            code="restore-point-not-coordinated",
            hint="Restore no two clusters to this name: mend what is told of the others, and run again with another.",
        )

    def line(self) -> str:
        """What became of it, in one line."""
        if len(self.written) < 2:
            return f"'{self.name}' in {count_text(len(self.written), 'cluster')}"
        clocks = "" if self.clocks_ms is None else f", by clocks at most {self.clocks_ms:g} ms apart"
        word = "" if self.is_coordinated else ", not coordinated"
        return f"'{self.name}' in {len(self.written)} clusters within {self.spread_ms:g} ms{clocks}{word}"

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "name": self.name,
            "moment": None if self.moment is None else format_instant(self.moment),
            "spread_ms": self.spread_ms,
            "clocks_ms": self.clocks_ms,
            "coordinated": self.is_coordinated,
            "written": list(self.written),
            "lacking": list(self.lacking),
            "late": list(self.late),
        }


def _verb(hosts: Sequence[str]) -> str:
    return "has" if len(hosts) == 1 else "have"


def _milliseconds(first: datetime, last: datetime) -> float:
    return round((last - first).total_seconds() * 1000, 1)


__all__ = ("PointSpread",)
