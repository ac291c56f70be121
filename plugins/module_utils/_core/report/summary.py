# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says of one cluster at a glance: a summary, a line, and what somebody has to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..instant import is_dated_in_future, parse_instant
from ..wording import age_text, begin_text, count_text, labels_text, moment_text, size_text, span_text
from .catalogue_text import gap_text, last_archived_text
from .newest_window import at_least_to, newest_restorable, newest_window

_MAX_WAITING_SECONDS = 600
_MAX_PINNED_SECONDS = 30 * 86400
_NAMED = 3


def summary_of(form: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The cluster's form in a few numbers. The newest backup is the newest one that can be restored."""
    newest = newest_restorable(form["backups"])
    windows: Sequence[Mapping[str, Any]] = form["windows"]
    window = newest_window(windows, backups=form["backups"])
    return {
        "newest_backup": newest["label"] if newest else None,
        "newest_backup_age_seconds": _age_seconds(newest, now=now) if newest else None,
        "chain_links": newest["chain"]["links"] if newest else None,
        "recoverable_from": min((each["from"] for each in windows), default=None),
        "recoverable_to": window["to"] if window else None,
        "newest_window": None if window is None else _window_summary(window, form["backups"]),
        "backup_count": len(form["backups"]),
        "window_count": len(windows),
        "gap_count": len(form["gaps"]),
        "stored_bytes": sum(each["stored_bytes"] for each in form["backups"]),
    }


def report_line(form: Mapping[str, Any]) -> str:
    """The summary as one line."""
    summary = form["summary"]
    if summary["newest_backup"] is None:
        newest = "no backup that can be restored"
    else:
        newest = f"newest backup {summary['newest_backup']}, {age_text(summary['newest_backup_age_seconds'])} old"
        if summary["chain_links"] > 1:
            newest += f", chain of {summary['chain_links']}"
    stored = f"{_counted(summary['backup_count'], 'backup')} of {size_text(summary['stored_bytes'])}"
    return f"{form['name']}: {newest}; {_reach(form)}; {stored}, {_counted(summary['segment_count'], 'WAL segment')}"


def _window_summary(window: Mapping[str, Any], backups: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = ("from", "to", "timeline", "backup")
    return {**{name: window[name] for name in names}, "to_at_least": at_least_to(window, backups=backups)}


def _reach(form: Mapping[str, Any]) -> str:
    """What can be recovered: the newest window, and what else there is."""
    window, gap_count = form["summary"]["newest_window"], form["summary"]["gap_count"]
    if window is None:
        return "nothing can be recovered"
    others = _others(form["windows"], newest=window)
    # Without a gap in it, the WAL between two windows was removed by retention or has no backup before it.
    gaps = "" if others and not gap_count else f", {_counted(gap_count, 'gap')}"
    return f"recoverable {_span(window)}{others}{gaps}"


def _span(window: Mapping[str, Any]) -> str:
    if window["to"] == window["from"]:
        return f"{begin_text(window['from'])}, the end of the newest window's backup, with no commit since"
    if window["to"]:
        return span_text(window["from"], window["to"])
    first, last = begin_text(window["from"]), moment_text(window["to_at_least"])
    span = f"{first} to at least {last}" if first < last else f"from {first} on"
    return f"{span} (the time of the last commit is not known)"


def _others(windows: Sequence[Mapping[str, Any]], *, newest: Mapping[str, Any]) -> str:
    """The other windows in numbers: those with moments, and those that are no more than a backup's own end."""
    key = ("from", "timeline", "backup")
    others = [each for each in windows if any(each[name] != newest[name] for name in key)]
    ends = sum(1 for each in others if each["to"] == each["from"])
    found = [
        *([_counted(len(others) - ends, "other window")] if len(others) > ends else []),
        *(
            [_counted(ends, "other backup") + " to " + ("its own end" if ends == 1 else "their own ends")]
            if ends
            else []
        ),
    ]
    return f", besides {' and '.join(found)}" if found else ""


def attention_of(form: Mapping[str, Any], *, now: datetime, max_age_seconds: int) -> list[str]:
    """What somebody has to look at, in sentences; empty when all is well."""
    return [
        *_backups_attention(form, now=now, max_age_seconds=max_age_seconds),
        *_pins_attention(form["backups"], now=now),
        *_gaps_attention(form["gaps"]),
        *(archiver_attention(form["archiver"]) if form["archiver"] else ()),
    ]


def archiver_attention(archiver: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with archiving, from the form of the archiver."""
    if archiver["server_error"]:
        yield archiver["server_error"]
    if archiver["failing_on"]:
        yield f"archiving fails on {archiver['failing_on']}: see the server's log"
    elif archiver["oldest_ready_seconds"] > _MAX_WAITING_SECONDS:
        age = age_text(archiver["oldest_ready_seconds"])
        yield f"{_counted(archiver['ready_count'], 'WAL file')} waiting to be archived, the oldest for {age}"


def archiving_line(archiver: Mapping[str, Any], *, lag_bytes: int | None) -> str:
    """The state of archiving in some words. ``lag_bytes``: the WAL that only the host has (``None``: not known)."""
    lag = "" if lag_bytes is None else f", {size_text(lag_bytes)} behind"
    waiting = f"{archiver['ready_count'] or 'none'} waiting"
    return f"last archived {last_archived_text(archiver)}, {waiting}{lag}"


def archiving_attention(archiver: Mapping[str, Any], *, is_active: bool | None) -> list[str]:
    """What is wrong with archiving. ``is_active``: whether the server archives, ``None`` when it does not run."""
    if is_active is False:
        return ["the server does not archive: run the playbook 'archive'"]
    return [*archiver_attention(archiver)]


def _backups_attention(form: Mapping[str, Any], *, now: datetime, max_age_seconds: int) -> Iterator[str]:
    backups, newest = form["backups"], newest_restorable(form["backups"])
    if not backups:
        yield "there is no backup: take one with the playbook 'backup'"
    elif newest is None:
        yield "none of the backups can be restored: take a new one with the playbook 'backup'"
    elif is_dated_in_future(parse_instant(newest["stop_time"]), now=now):
        yield f"the newest backup {newest['label']} is dated in the future: one of the clocks was or is wrong"
    elif max_age_seconds and _age_seconds(newest, now=now) > max_age_seconds:
        yield f"the newest backup that can be restored is {age_text(_age_seconds(newest, now=now))} old"
    without_chain = [each["label"] for each in backups if each["chain"] is None]
    if without_chain:
        yield f"a link of their chains is missing or damaged: {labels_text(without_chain)}"
    without_wal = [each["label"] for each in backups if each["chain"] and not each["usable"]]
    if without_wal:
        yield f"the WAL that they need is missing: {labels_text(without_wal)}"
    for each in form["damaged_backups"][:_NAMED]:
        yield f"backup {each['label']} is damaged: {each['reason']}"
    if len(form["damaged_backups"]) > _NAMED:
        yield f"{len(form['damaged_backups']) - _NAMED} more backups are damaged"


def _pins_attention(backups: Sequence[Mapping[str, Any]], *, now: datetime) -> Iterator[str]:
    """The pins that nobody seems to remember."""
    for backup in backups:
        for pin in backup["pins"]:
            seconds = (now - parse_instant(pin["since"])).total_seconds()
            if pin["until"] is None and seconds > _MAX_PINNED_SECONDS:
                what = f"backup {backup['label']} and all WAL since"
                yield f"{what} have been pinned for {age_text(seconds)}: {pin['reason']}"


def _gaps_attention(gaps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The newest gaps, newest first."""
    for gap in sorted(gaps, key=lambda each: each["lost"]["to"] or "~", reverse=True)[:_NAMED]:
        yield f"WAL {gap_text(gap)}"
    if len(gaps) > _NAMED:
        yield f"{len(gaps) - _NAMED} more gaps in the archived WAL"


def _age_seconds(backup: Mapping[str, Any], *, now: datetime) -> int:
    return max(0, int((now - parse_instant(backup["stop_time"])).total_seconds()))


def _counted(count: int, noun: str) -> str:
    return count_text(count, noun) if count else f"no {noun}s"


__all__ = (
    "archiver_attention",
    "archiving_attention",
    "archiving_line",
    "attention_of",
    "report_line",
    "summary_of",
)
