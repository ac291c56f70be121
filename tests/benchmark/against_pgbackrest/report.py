# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, as medians and ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench_host import Timing

MB = 1e6


@dataclass
class Contest:
    """One thing that both tools did several times, taking turns; the limit is for the ratio of the medians."""

    title: str
    limit: float | None
    timings: dict[str, list[Timing]] = field(default_factory=dict)
    sizes_bytes: dict[str, list[int]] = field(default_factory=dict)
    size_limit: float | None = None

    def add(self, tool: str, timing: Timing, *, size_bytes: int | None = None) -> None:
        """One more repetition."""
        self.timings.setdefault(tool, []).append(timing)
        if size_bytes is not None:
            self.sizes_bytes.setdefault(tool, []).append(size_bytes)

    def rows(self, tools: Sequence[str]) -> list[Row]:
        """Time, time until it is on disk, processor time, and size where there is one."""
        ended = {tool: [one.seconds for one in self.timings[tool]] for tool in tools}
        on_disk = {tool: [one.on_disk_seconds for one in self.timings[tool]] for tool in tools}
        cpu = {tool: [one.cpu_seconds for one in self.timings[tool]] for tool in tools}
        rows = [
            Row(f"{self.title}, s", values=ended, limit=self.limit),
            Row("… until it is synced to disk, s", values=on_disk, limit=None),
            Row("… of both processors, s", values=cpu, limit=None),
        ]
        if self.sizes_bytes:
            sizes = {tool: [one / MB for one in self.sizes_bytes[tool]] for tool in tools}
            rows.append(Row("… MB stored", values=sizes, limit=self.size_limit))
        return rows


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    title: str
    values: Mapping[str, Sequence[float]]
    limit: float | None

    def ratio(self, tools: Sequence[str]) -> float:
        """Ours to theirs, of the medians."""
        ours, theirs = (median(self.values[tool]) for tool in tools)
        return ours / theirs

    def is_kept(self, tools: Sequence[str]) -> bool:
        """Whether the ratio is within the limit."""
        return self.limit is None or self.ratio(tools) <= self.limit

    def cells(self, tools: Sequence[str]) -> list[str]:
        """Medians, with the least and the most where there are several; ratio; limit."""
        limit = "" if self.limit is None else f"{self.limit:g}" + ("" if self.is_kept(tools) else " MISSED")
        return [self.title, *(_range(self.values[tool]) for tool in tools), f"{self.ratio(tools):.2f}", limit]


def table(rows: Sequence[Row], *, tools: Sequence[str]) -> str:
    """A table in Markdown: what the documentation shows."""
    lines = [["", *tools, "ratio", "limit"], *(row.cells(tools) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    texts = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([texts[0], rule, *texts[1:]])


def _range(values: Sequence[float]) -> str:
    digits = 1 if min(values) >= 100 else 2
    middle = f"{median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})"
