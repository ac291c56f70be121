# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retention: which backups are kept, which are removed, and why."""

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
class BackupDecision:
    """The decision on one backup: the ``rules`` that keep it (none: it is removed), and the reason as a sentence."""

    backup: Backup
    rules: tuple[str, ...]
    reason: str

    @property
    def keep(self) -> bool:
        """Whether the backup is kept."""
        return bool(self.rules)


@dataclass(frozen=True)
class Retention:
    """The decisions (oldest backup first), the promised window, and the WAL to keep, as numbers by timeline."""

    decisions: tuple[BackupDecision, ...]
    window: PromisedWindow | None
    kept_wal: dict[int, IntervalSet]

    @property
    def kept(self) -> tuple[BackupDecision, ...]:
        """The decisions to keep a backup."""
        return tuple(decision for decision in self.decisions if decision.keep)

    @property
    def removed(self) -> tuple[BackupDecision, ...]:
        """The decisions to remove a backup."""
        return tuple(decision for decision in self.decisions if not decision.keep)

    @property
    def removal_order(self) -> tuple[BackupDecision, ...]:
        """The decisions to remove a backup, newest first, but each after all backups that build on it."""
        by_label = {decision.backup.label: decision for decision in self.removed}
        ordered: dict[str, BackupDecision] = {}
        for decision in self.removed:
            path: dict[str, BackupDecision] = {}
            link: BackupDecision | None = decision
            while link is not None and link.backup.label not in ordered and link.backup.label not in path:
                path[link.backup.label] = link
                link = by_label.get(link.backup.parent or "")
            ordered.update(reversed(path.items()))
        return tuple(reversed(ordered.values()))

    def expired_wal(self, stored: Mapping[int, IntervalSet]) -> dict[int, IntervalSet]:
        """The stored segments to remove, as numbers by timeline."""
        found = {
            timeline: intervals.without(self.kept_wal.get(timeline, IntervalSet()))
            for timeline, intervals in stored.items()
        }
        return {timeline: intervals for timeline, intervals in sorted(found.items()) if intervals}

    def removable_wal(self, stored: Mapping[int, IntervalSet]) -> dict[int, IntervalSet]:
        """The segments that may be removed, up to the last stored one of each timeline: later ones are not decided on.

        Before the first stored one there may be files that an interrupted run has left.
        """
        upto = {timeline: IntervalSet((0, intervals.bounds[-1])) for timeline, intervals in stored.items() if intervals}
        return {
            timeline: intervals.without(self.kept_wal.get(timeline, IntervalSet()))
            for timeline, intervals in upto.items()
        }

    def unwanted_wal(self, stored: Mapping[int, IntervalSet]) -> dict[int, IntervalSet]:
        """The segments between the first and the last stored one that are not needed, whether they exist or not."""
        spans = {
            timeline: IntervalSet.joined([(intervals.bounds[0], intervals.bounds[-1])])
            for timeline, intervals in stored.items()
            if intervals
        }
        return self.expired_wal(spans)


def decide_retention(stock: Stock, *, policy: RetentionPolicy, now: datetime) -> Retention:
    """Keep every backup that a rule asks for; remove nothing while no backup can be restored."""
    window = promised_window(stock, policy=policy, now=now)
    keeping = _Keeping()
    if window is None:
        for backup in stock.backups:
            keeping.add(backup, NOTHING_USABLE, reason="no backup can be restored at present, so nothing is removed")
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
    """The rules and reasons collected so far, by label."""

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
            reason = f"it can't be restored at present; it will be removed after the window ({window.reason})"
            keeping.add(backup, UNUSABLE, reason=reason)


def _keep_for_others(stock: Stock, keeping: _Keeping, *, now: datetime) -> tuple[Backup, ...]:
    """Keep backups that are pinned, being restored, or next to an unreadable record, with all WAL after them."""
    found: dict[str, Backup] = {}
    for backup in stock.backups:
        for pin in stock.active_pins(backup.label, now=now):
            keeping.add(backup, PINNED, reason=pin.phrase)
            found[backup.label] = backup
        if backup.label in stock.held:
            keeping.add(backup, HELD, reason="a restore is reading it")
            found[backup.label] = backup
    for label in stock.damaged:
        before = [backup for backup in stock.restorable if backup.label < label]
        for backup in before[-1:]:
            keeping.add(backup, DAMAGED, reason=f"the record of '{label}' can't be read, and this is the one before it")
            found[backup.label] = backup
    return tuple(found.values())


def _keep_parents(stock: Stock, keeping: _Keeping) -> None:
    """Keep the parents of kept backups, down to the full one. Times don't count: a clock may have been wrong."""
    by_label = {backup.label: backup for backup in stock.backups}
    parents: set[str] = set()
    for kept in reversed([each for each in stock.backups if each.label in keeping.found]):
        child, parent = kept, by_label.get(kept.parent or "")
        while parent is not None and parent.label not in parents:
            keeping.add(parent, PARENT, reason=f"'{child.label}' builds on it")
            parents.add(parent.label)
            child, parent = parent, by_label.get(parent.parent or "")


def _decisions(stock: Stock, keeping: _Keeping, *, why: str) -> tuple[BackupDecision, ...]:
    decisions = []
    for backup in stock.backups:
        found = keeping.found.get(backup.label, [])
        rules = tuple(dict.fromkeys(rule for rule, _reason in found))
        unusable = "" if backup.label in stock.usable else "it can't be restored; "
        reason = "; ".join(dict.fromkeys(reason for _rule, reason in found)) or unusable + why
        decisions.append(BackupDecision(backup, rules, reason))
    return tuple(decisions)


__all__ = ("BackupDecision", "Retention", "decide_retention")
