# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a restore as a table for people."""

from __future__ import annotations

from ...instant import format_instant
from ...postgres.configuration_text import written
from ...wal.event import WalEvent
from ...wording import count_text, size_text
from ..plan import RestorePlan


def plan_lines(plan: RestorePlan) -> tuple[str, ...]:
    """The plan as lines of two columns."""
    stop, request = plan.replay.stop, plan.request
    backup, size = stop.backup, size_text(plan.replay.chain.size_bytes)
    rows = [
        ("cluster", f"{request.name} (system identifier {backup.system_identifier}, PostgreSQL {backup.version})"),
        ("target", request.target.phrase),
        ("then", _action(plan)),
        (
            "backup",
            f"{backup.label}, ended {format_instant(backup.stop_time)}, {size}",
        ),
        ("chain", _chain(plan)),
        ("timeline", _timeline(plan)),
        ("stops at", f"{stop.lsn}{_after(stop.before)}"),
        ("WAL", _wal(plan)),
        ("writes", ", ".join(_disk(plan))),
        ("replaces", _replaces(plan)),
        ("succeeds", _succeeds(plan)),
        ("loses", _loss(plan)),
        ("acts on", _silence(plan)),
        ("settings", ", ".join(plan.request.settings)),
        *(("note", note) for note in plan.notes),
    ]
    if request.in_place:
        rows.append(("confirm with", f'pitr_restore_confirm: "{request.confirmation}"'))
    return tuple(f"{label:<13} {text}" for label, text in rows if text)


def _chain(plan: RestorePlan) -> str:
    links = plan.replay.chain.links
    return f"{' + '.join(link.label for link in links)}" if len(links) > 1 else ""


def _action(plan: RestorePlan) -> str:
    words = {
        "promote": "the server opens on a new timeline",
        "pause": "the server stays paused, open for reading",
        "shutdown": "the server stops",
    }
    if plan.request.standby:
        return "standby: the server follows its primary"
    return f"{plan.request.action}: {words[plan.request.action]}"


def _timeline(plan: RestorePlan) -> str:
    chosen, current = plan.replay.stop.timeline, plan.replay.current_timeline
    return f"{chosen}" if chosen == current else f"{chosen} (the cluster is on {current})"


def _after(event: WalEvent | None) -> str:
    if event is None or event.moment is None:
        return ", with no transaction after the backup"
    return f", after transaction {event.xid} of {format_instant(event.moment)}"


def _wal(plan: RestorePlan) -> str:
    replay = plan.replay
    text = f"{replay.first_segment} to {replay.last_segment} ({count_text(replay.segment_count, 'segment')})"
    if replay.from_live:
        text += f", {len(replay.from_live)} of them not archived yet"
    return text


def _disk(plan: RestorePlan) -> list[str]:
    return [
        f"{size_text(disk.needed_bytes)} on the file system of {disk.directory} ({size_text(disk.free_bytes)} free)"
        for disk in plan.disks
    ]


def _replaces(plan: RestorePlan) -> str:
    placement = plan.placement
    if not plan.request.in_place:
        return f"nothing: the copy comes to {placement.directory}, port {placement.port}"
    if plan.successor or plan.request.standby:
        return f"nothing: the cluster comes to {placement.directory}, port {placement.port}"
    if placement.is_lost:
        return f"nothing: {placement.directory} is gone"
    return f"{placement.directory}, which is kept as {placement.kept_directory} for 'rollback'"


def _succeeds(plan: RestorePlan) -> str:
    if not plan.successor:
        return ""
    return f"{', '.join(plan.predecessors) or 'nobody'}: this host archives from now on, and no other may"


def _silence(plan: RestorePlan) -> str:
    if plan.request.in_place:
        return ""
    settings = ", ".join(f"{name} = {written(value)}" for name, value in plan.silenced.items())
    return f"nobody, by {settings}"


def _loss(plan: RestorePlan) -> str:
    if not plan.request.in_place:
        return "nothing"
    loss = plan.replay.loss
    if loss.commits == 0 and loss.last is None:
        return "no commits"
    atleast = "" if loss.complete else "at least "
    last = f", the last of {format_instant(loss.last.moment)}" if loss.last and loss.last.moment else ""
    return f"{atleast}{count_text(loss.commits, 'commit')} after the target{last}"


__all__ = ("plan_lines",)
