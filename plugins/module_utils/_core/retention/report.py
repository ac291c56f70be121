# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of retention as data, and as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..instant import format_instant
from ..repository.outcome import RepositoryOutcome, titled
from ..wording import begin_text, count_text, size_text
from .decision import BackupDecision
from .plan import ExpirePlan
from .promised_window import PromisedWindow


def expire_to_dict(plan: ExpirePlan, *, name: str) -> dict[str, Any]:
    """The result as returned by the module ``backup_expire`` and printed by ``pgpitr expire --json``."""
    window = plan.retention.window
    sizes = {step.label: step.size_bytes for step in plan.backups}
    return {
        "name": name,
        "kept": [_decision_to_dict(decision) for decision in plan.retention.kept],
        "removed": [
            {**_decision_to_dict(decision), "freed_bytes": sizes[decision.backup.label]}
            for decision in plan.retention.removed
        ],
        "window": None if window is None else _window_to_dict(window),
        "wal_removed": [
            {
                "timeline": step.timeline,
                "ranges": [each.to_dict(step.segment_size) for each in step.ranges],
                "file_count": step.file_count,
                "freed_bytes": step.size_bytes,
            }
            for step in plan.wal
        ],
        "leftovers_removed": [step.name for step in plan.stale],
        "freed_bytes": plan.freed_bytes,
    }


def outcomes_to_dict(outcomes: Sequence[RepositoryOutcome[ExpirePlan]], *, name: str) -> dict[str, Any]:
    """The same of several repositories: that of the first that was worked on, and of each in ``repositories``."""
    each = [
        {**one.failure_to_dict(), **(_without_name(one.result, name=name) if one.result else {})} for one in outcomes
    ]
    first = next((expire_to_dict(one.result, name=name) for one in outcomes if one.result), {"name": name})
    # Where there is one without a name there are not several.
    return {**first, "repositories": each} if outcomes[0].name else first


def outcomes_text(
    outcomes: Sequence[RepositoryOutcome[ExpirePlan]], *, name: str, done: bool, is_summary: bool = False
) -> str:
    """The same as tables, or with ``is_summary`` as summaries."""
    tell = expire_summary if is_summary else expire_text
    found = [tell(one.result, name=titled(name, repository=one.name), done=done) for one in outcomes if one.result]
    return "".join(found)


def _without_name(plan: ExpirePlan, *, name: str) -> dict[str, Any]:
    return {key: value for key, value in expire_to_dict(plan, name=name).items() if key != "name"}


def expire_text(plan: ExpirePlan, *, name: str, done: bool) -> str:
    """The same as a table; ``done``: it has been carried out. Ends with a line break."""
    sizes = {step.label: step.size_bytes for step in plan.backups}
    lines = [f"{name}: {_promise(plan)}"]
    lines += [_line(decision, sizes.get(decision.backup.label)) for decision in plan.retention.decisions]
    for step in plan.wal:
        lines += [
            f"  remove  WAL {each.in_words(step.segment_size)}, {count_text(each.count, 'segment')}"
            for each in step.ranges
        ]
    lines += [f"  remove  {step.name}, {step.reason}" for step in plan.stale]
    lines += _left(plan)
    verb = "freed" if done else "to be freed"
    lines.append(f"  {size_text(plan.freed_bytes)} {verb}" if plan.steps else "  nothing to remove")
    return "\n".join(lines) + "\n"


def expire_summary(plan: ExpirePlan, *, name: str, done: bool) -> str:
    """A summary for a log: a line for each removed backup, and one for all. Ends with a line break."""
    kept, removed = plan.retention.kept, plan.retention.removed
    segments = sum(each.count for step in plan.wal for each in step.ranges)
    sizes = {step.label: step.size_bytes for step in plan.backups}
    lines = [*(_line(decision, sizes.get(decision.backup.label)) for decision in removed), *_left(plan)]
    verb, freed = ("removed", "freed") if done else ("to be removed", "to be freed")
    lines.append(
        f"{name}: {count_text(len(kept), 'backup')} kept, {count_text(len(removed), 'backup')} and "
        f"{count_text(segments, 'WAL segment')} {verb}, {size_text(plan.freed_bytes)} {freed}; {_promise(plan)}"
    )
    return "\n".join(lines) + "\n"


def _left(plan: ExpirePlan) -> list[str]:
    return [f"  left    {name}, which could not be removed completely; the next run continues" for name in plan.left]


def _promise(plan: ExpirePlan) -> str:
    window = plan.retention.window
    if window is None:
        return "no backup can be restored, so nothing is removed"
    since = begin_text(window.reachable_since)
    return f"retains the recovery window since {since} ({window.reason})"


def _window_to_dict(window: PromisedWindow) -> dict[str, str]:
    return {"since": format_instant(window.reachable_since), "reason": window.reason}


def _decision_to_dict(decision: BackupDecision) -> dict[str, Any]:
    return {
        "label": decision.backup.label,
        "type": decision.backup.type,
        "rules": list(decision.rules),
        "reason": decision.reason,
    }


def _line(decision: BackupDecision, size_bytes: int | None) -> str:
    backup = decision.backup
    size = size_text(backup.stored_bytes if size_bytes is None else size_bytes)
    return f"  {'keep' if decision.keep else 'remove':<6}  {backup.label:<28}  {size:>10}  {decision.reason}"


__all__ = ("expire_summary", "expire_text", "expire_to_dict", "outcomes_text", "outcomes_to_dict")
