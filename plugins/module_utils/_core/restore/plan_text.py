# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a restore as a table for people, and as data."""

from __future__ import annotations

from typing import Any

from ..instant import format_instant
from ..wal.event import WalEvent
from ..wording import count_text, size_text
from .plan import RestorePlan


def plan_lines(plan: RestorePlan) -> tuple[str, ...]:
    """The plan as lines of two columns."""
    backup, place, request = plan.place.backup, plan.place, plan.request
    rows = [
        ("cluster", f"{request.name} (system identifier {backup.system_identifier}, PostgreSQL {backup.version})"),
        ("target", request.target.phrase),
        ("then", _action(plan)),
        ("backup", f"{backup.label}, ended {format_instant(backup.stop_time)}, {size_text(plan.chain.size_bytes)}"),
        ("chain", _chain(plan)),
        ("timeline", _timeline(plan)),
        ("stops at", f"{place.lsn}{_after(place.before)}"),
        ("WAL", _wal(plan)),
        ("writes", ", ".join(_disk(plan))),
        ("replaces", _replaces(plan)),
        ("loses", _loss(plan)),
        *(("note", note) for note in plan.notes),
    ]
    if request.in_place:
        rows.append(("confirm with", f'pitr_restore_confirm: "{request.confirmation}"'))
    return tuple(f"{label:<13} {text}" for label, text in rows if text)


def plan_facts(plan: RestorePlan) -> dict[str, Any]:
    """The plan as plain data for a module's result."""
    backup, place = plan.place.backup, plan.place
    return {
        "cluster": plan.request.name,
        "target": {"kind": plan.request.target.kind, "text": str(plan.request.target)},
        "inclusive": plan.request.target.inclusive,
        "action": plan.request.action,
        "in_place": plan.request.in_place,
        "backup": backup.label,
        "chain": [link.label for link in plan.chain.links],
        "backup_stop_time": format_instant(backup.stop_time),
        "backup_stop_lsn": str(backup.stop_lsn),
        "timeline": place.timeline,
        "current_timeline": plan.current_timeline,
        "stop_lsn": str(place.lsn),
        "last_replayed": event_facts(place.before),
        "first_not_replayed": event_facts(place.after),
        "first_segment": plan.first_segment,
        "last_segment": plan.last_segment,
        "segments": plan.segment_count,
        "segments_not_archived": list(plan.from_live),
        "data_directory": plan.directory,
        "port": plan.port,
        "data_directory_lost": plan.is_lost,
        "kept_directory": plan.pairs[-1].old if plan.pairs and not plan.is_lost else None,
        "tablespaces": {str(oid): location for oid, location in plan.links.items()},
        "disks": [
            {"directory": disk.directory, "needed_bytes": disk.needed_bytes, "free_bytes": disk.free_bytes}
            for disk in plan.disks
        ],
        "loss": {
            "commits": plan.loss.commits,
            "complete": plan.loss.complete,
            "last_commit": event_facts(plan.loss.last),
        },
        "notes": list(plan.notes),
    }


def event_facts(event: WalEvent | None) -> dict[str, Any] | None:
    """One end of a transaction as plain data."""
    if event is None:
        return None
    return {
        "lsn": str(event.lsn),
        "kind": event.kind,
        "xid": event.xid,
        "time": format_instant(event.moment) if event.moment else None,
    }


def _chain(plan: RestorePlan) -> str:
    links = plan.chain.links
    return f"{' + '.join(link.label for link in links)}" if len(links) > 1 else ""


def _action(plan: RestorePlan) -> str:
    words = {
        "promote": "the server opens on a new timeline",
        "pause": "the server stays paused, open for reading",
        "shutdown": "the server stops",
    }
    return f"{plan.request.action}: {words[plan.request.action]}"


def _timeline(plan: RestorePlan) -> str:
    chosen, current = plan.place.timeline, plan.current_timeline
    return f"{chosen}" if chosen == current else f"{chosen} (the cluster is on {current})"


def _after(event: WalEvent | None) -> str:
    if event is None or event.moment is None:
        return ", with no transaction after the backup"
    return f", after transaction {event.xid} of {format_instant(event.moment)}"


def _wal(plan: RestorePlan) -> str:
    text = f"{plan.first_segment} to {plan.last_segment} ({plan.segment_count} segments)"
    if plan.from_live:
        text += f", {len(plan.from_live)} of them still only in the cluster's own pg_wal"
    return text


def _disk(plan: RestorePlan) -> list[str]:
    return [
        f"{size_text(disk.needed_bytes)} on the file system of {disk.directory} ({size_text(disk.free_bytes)} free)"
        for disk in plan.disks
    ]


def _replaces(plan: RestorePlan) -> str:
    if not plan.request.in_place:
        return f"nothing: the copy comes to {plan.directory}, port {plan.port}, with archiving off"
    if plan.is_lost:
        return f"nothing: {plan.directory} is gone"
    return f"{plan.directory}, which is kept as {plan.pairs[-1].old} for 'rollback'"


def _loss(plan: RestorePlan) -> str:
    if not plan.request.in_place:
        return "nothing"
    loss = plan.loss
    if loss.commits == 0 and loss.last is None:
        return "no commits"
    atleast = "" if loss.complete else "at least "
    last = f", the last of {format_instant(loss.last.moment)}" if loss.last and loss.last.moment else ""
    return f"{atleast}{count_text(loss.commits, 'commit')} after the target{last}"


__all__ = ("event_facts", "plan_facts", "plan_lines")
