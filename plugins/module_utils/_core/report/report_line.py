# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster in one line: its newest backup, what can be recovered, and what is stored."""

from __future__ import annotations

from ..catalogue.window import Window
from ..wording import age_text, begin_text, count_text, moment_text, size_text, span_text
from .cluster_summary import ClusterSummary
from .newest_window import at_least_to


def report_line(summary: ClusterSummary) -> str:
    """The summary as one line."""
    stored = f"{_counted(len(summary.backups), 'backup')} of {size_text(summary.stored_bytes)}"
    segments = _counted(summary.segment_count, "WAL segment")
    return f"{summary.name}: {_newest(summary)}; {_reach(summary)}; {stored}, {segments}"


def _newest(summary: ClusterSummary) -> str:
    newest = summary.newest_backup
    if newest is None:
        return "no backup that can be restored"
    links = summary.chain_links(newest)
    chain = f", chain of {links}" if links > 1 else ""
    return f"newest backup {newest.label}, {age_text(summary.age_seconds(newest))} old{chain}"


def _reach(summary: ClusterSummary) -> str:
    """What can be recovered: the newest window, and what else there is."""
    window = summary.newest_window
    if window is None:
        return "nothing can be recovered"
    others = _others(summary, newest=window)
    # Without a gap in it, the WAL between two windows was removed by retention or has no backup before it.
    gaps = "" if others and not summary.gaps else f", {_counted(len(summary.gaps), 'gap')}"
    return f"recoverable {_span(window, summary=summary)}{others}{gaps}"


def _span(window: Window, *, summary: ClusterSummary) -> str:
    if window.to_time is None:
        first = begin_text(window.from_time)
        last = moment_text(at_least_to(window, catalogue=summary.catalogue))
        span = f"{first} to at least {last}" if first < last else f"from {first} on"
        return f"{span} (the time of the last commit is not known)"
    if window.to_time == window.from_time:
        return f"{begin_text(window.from_time)}, the end of the newest window's backup, with no commit since"
    return span_text(window.from_time, window.to_time)


def _others(summary: ClusterSummary, *, newest: Window) -> str:
    """The other windows in numbers: those with moments, and those that are no more than a backup's own end."""
    others = [window for window in summary.windows if _key(window) != _key(newest)]
    ends = sum(1 for window in others if window.to_time == window.from_time)
    found = []
    if len(others) > ends:
        found.append(count_text(len(others) - ends, "other window"))
    if ends:
        found.append(count_text(ends, "other backup") + (" to its end" if ends == 1 else " to their ends"))
    return f", besides {' and '.join(found)}" if found else ""


def _key(window: Window) -> tuple[object, ...]:
    return window.from_time, window.timeline, window.backup


def _counted(count: int, noun: str) -> str:
    return count_text(count, noun) if count else f"no {noun}s"


__all__ = ("report_line",)
