# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retention: which backups stay, which go, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..catalogue.record import Backup
from ..wal.interval_set import IntervalSet
from .calendar import calendar_picks
from .kept_wal import kept_wal
from .policy import RetentionPolicy
from .promised_window import PromisedWindow, promised_window
from .stock import Stock

NEWEST, FULL_COUNT, WINDOW, UNUSABLE = "newest", "full", "window", "unusable"
PINNED, HELD, PARENT, DAMAGED, NOTHING_USABLE = "pinned", "held", "parent", "damaged", "nothing-usable"


@dataclass(frozen=True)
class Decision:
    """What happens to one backup: ``rules`` that keep it (none: it goes), and the reason as a sentence."""

    backup: Backup
    rules: tuple[str, ...]
    reason: str

    @property
    def keep(self) -> bool:
        """Whether it stays."""
        return bool(self.rules)


@dataclass(frozen=True)
class Retention:
    """The decisions (oldest backup first), the promised window, and which WAL stays, as numbers by timeline."""

    decisions: tuple[Decision, ...]
    window: PromisedWindow | None
    kept_wal: dict[int, IntervalSet]

    @property
    def kept(self) -> tuple[Decision, ...]:
        """What stays."""
        return tuple(decision for decision in self.decisions if decision.keep)

    @property
    def removed(self) -> tuple[Decision, ...]:
        """What goes."""
        return tuple(decision for decision in self.decisions if not decision.keep)

    @property
    def removal_order(self) -> tuple[Decision, ...]:
        """What goes, the newest first, but each after all that build on it."""
        by_label = {decision.backup.label: decision for decision in self.removed}
        ordered: dict[str, Decision] = {}
        for decision in self.removed:
            path: dict[str, Decision] = {}
            link: Decision | None = decision
            while link is not None and link.backup.label not in ordered and link.backup.label not in path:
                path[link.backup.label] = link
                link = by_label.get(link.backup.parent or "")
            ordered.update(reversed(path.items()))
        return tuple(reversed(ordered.values()))

    def expired_wal(self, stored: Mapping[int, IntervalSet]) -> dict[int, IntervalSet]:
        """Those of the stored segments that go, as numbers by timeline."""
        found = {
            timeline: runs.without(self.kept_wal.get(timeline, IntervalSet())) for timeline, runs in stored.items()
        }
        return {timeline: runs for timeline, runs in sorted(found.items()) if runs}

    def removable_wal(self, stored: Mapping[int, IntervalSet]) -> dict[int, IntervalSet]:
        """What may be removed up to the last stored segment of each timeline: what arrives later is not decided on.

        Before the first there may be the rest of what an interrupted run removed.
        """
        upto = {timeline: IntervalSet((0, runs.bounds[-1])) for timeline, runs in stored.items() if runs}
        return {timeline: runs.without(self.kept_wal.get(timeline, IntervalSet())) for timeline, runs in upto.items()}

    def unwanted_wal(self, stored: Mapping[int, IntervalSet]) -> dict[int, IntervalSet]:
        """What nobody has to miss between the first and the last stored segment, whether it is there or not."""
        spans = {
            timeline: IntervalSet.joined([(runs.bounds[0], runs.bounds[-1])])
            for timeline, runs in stored.items()
            if runs
        }
        return self.expired_wal(spans)


def decide_retention(stock: Stock, *, policy: RetentionPolicy, now: datetime) -> Retention:
    """Everything that has a reason to stay stays; nothing goes while no backup can be restored."""
    window = promised_window(stock, policy=policy, now=now)
    keeping = _Keeping()
    if window is None:
        for backup in stock.backups:
            keeping.add(backup, NOTHING_USABLE, reason="no backup can be restored at the moment, so nothing is removed")
        return Retention(_decisions(stock, keeping, why=""), None, kept_wal(stock, window=None, kept=(), open_ended=()))
    _keep_window(stock, keeping, window=window, policy=policy)
    for backup, rule, reason in calendar_picks(stock.restorable, policy=policy):
        keeping.add(backup, rule, reason=reason)
    open_ended = _keep_for_others(stock, keeping, now=window.present)
    _keep_parents(stock, keeping)
    kept = [backup for backup in stock.backups if backup.label in keeping.found]
    why = f"it ended before the window, which begins {window.since_text} ({window.reason}), and no other rule keeps it"
    return Retention(
        _decisions(stock, keeping, why=why), window, kept_wal(stock, window=window, kept=kept, open_ended=open_ended)
    )


@dataclass
class _Keeping:
    """The rules and reasons found so far, by label."""

    found: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, backup: Backup, rule: str, *, reason: str) -> None:
        self.found.setdefault(backup.label, []).append((rule, reason))


def _keep_window(stock: Stock, keeping: _Keeping, *, window: PromisedWindow, policy: RetentionPolicy) -> None:
    newest = stock.restorable[-1]
    keeping.add(newest, NEWEST, reason="the newest backup that can be restored")
    for backup in stock.fulls[-policy.keep_full :]:
        keeping.add(backup, FULL_COUNT, reason=f"one of the newest full backups (keep_full {policy.keep_full})")
    for timeline, begin in window.begins.items():
        if begin is not None and begin.stop_time <= window.since:
            moments = f"the moments since {window.since_text} on timeline {timeline}"
            keeping.add(begin, WINDOW, reason=f"{moments} are recovered from it ({window.reason})")
    for backup in stock.backups:
        if backup.stop_time <= window.since:
            continue
        if backup.label in stock.usable:
            keeping.add(backup, WINDOW, reason=f"within the window that begins {window.since_text} ({window.reason})")
        else:
            reason = f"it can't be restored as things are; it goes when the window ({window.reason}) has passed it"
            keeping.add(backup, UNUSABLE, reason=reason)


def _keep_for_others(stock: Stock, keeping: _Keeping, *, now: datetime) -> tuple[Backup, ...]:
    """Keep what somebody pinned, reads now, or may need once a record is mended; these need all WAL behind them."""
    found: dict[str, Backup] = {}
    for backup in stock.backups:
        for pin in stock.active_pins(backup.label, now=now):
            keeping.add(backup, PINNED, reason=pin.phrase)
            found[backup.label] = backup
        if backup.label in stock.held:
            keeping.add(backup, HELD, reason="a restore reads it at the moment")
            found[backup.label] = backup
    for label in stock.damaged:
        before = [backup for backup in stock.restorable if backup.label < label]
        for backup in before[-1:]:
            keeping.add(backup, DAMAGED, reason=f"the record of '{label}' can't be read, and this is the one before it")
            found[backup.label] = backup
    return tuple(found.values())


def _keep_parents(stock: Stock, keeping: _Keeping) -> None:
    """Keep what the kept ones build on, down to the full backup. Times tell nothing: a clock may have been wrong."""
    by_label = {backup.label: backup for backup in stock.backups}
    parents: set[str] = set()
    for kept in reversed([each for each in stock.backups if each.label in keeping.found]):
        child, parent = kept, by_label.get(kept.parent or "")
        while parent is not None and parent.label not in parents:
            keeping.add(parent, PARENT, reason=f"'{child.label}' builds on it")
            parents.add(parent.label)
            child, parent = parent, by_label.get(parent.parent or "")


def _decisions(stock: Stock, keeping: _Keeping, *, why: str) -> tuple[Decision, ...]:
    decisions = []
    for backup in stock.backups:
        found = keeping.found.get(backup.label, [])
        rules = tuple(dict.fromkeys(rule for rule, _reason in found))
        unusable = "" if backup.label in stock.usable else "it can't be restored; "
        reason = "; ".join(dict.fromkeys(reason for _rule, reason in found)) or unusable + why
        decisions.append(Decision(backup, rules, reason))
    return tuple(decisions)


__all__ = ("Decision", "Retention", "decide_retention")
