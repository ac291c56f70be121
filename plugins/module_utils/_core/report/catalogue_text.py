# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented form of the catalogue as text for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..wording import begin_text, moment_text, size_text, span_text


def info_text(clusters: Sequence[Mapping[str, Any]]) -> str:
    """Every cluster with its backups, windows and gaps; ends with a line break."""
    if not clusters:
        return "The repository has no cluster.\n"
    return "\n".join(_cluster_text(cluster) for cluster in clusters)


def _cluster_text(cluster: Mapping[str, Any]) -> str:
    lines = [f"{cluster['name']}  (system identifier {cluster['system_identifier']})"]
    lines += _running(cluster["running_backup"])
    lines += _backups(cluster["backups"])
    lines += _windows(cluster["windows"])
    lines += [f"  gap       {gap_text(gap)}" for gap in cluster["gaps"]]
    lines += [f"  damaged   backup {each['label']}: {each['reason']}" for each in cluster["damaged_backups"]]
    lines += archiver_lines(cluster["archiver"])
    lines += [f"  ATTENTION {sentence}" for sentence in cluster["attention"]]
    return "\n".join(lines) + "\n"


def _running(running: Mapping[str, Any] | None) -> list[str]:
    if running is None:
        return []
    stored = size_text(running["stored_bytes"])
    return [f"  running   {running['label']}: {running['phase']}, {running['percent']} %, {stored} stored"]


def _backups(backups: Sequence[Mapping[str, Any]]) -> list[str]:
    if not backups:
        return ["  no backup"]
    return [
        f"  backup    {each['label']:<30} ended {begin_text(each['stop_time'])}  timeline {each['timeline']}"
        f"  {size_text(each['size_bytes']):>10}, {size_text(each['stored_bytes'])} stored" + _remarks(each)
        for each in backups
    ]


def _remarks(backup: Mapping[str, Any]) -> str:
    chain, text = backup["chain"], ""
    if chain and chain["links"] > 1:
        text += f"  chain of {chain['links']} from {chain['full']}"
    if not backup["usable"]:
        text += f"  NOT USABLE: {'its WAL is missing' if chain else 'a link of its chain is missing or damaged'}"
    for pin in backup["pins"]:
        until = f" until {moment_text(pin['until'])}" if pin["until"] else ""
        text += f"  {'pinned' if pin['active'] else 'was pinned'}{until}: {pin['reason']}"
    return text


def _windows(windows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not windows:
        return ["  nothing can be recovered"]
    return [
        f"  window    {_span(each)}  {_path(each['timeline_path'])}  {each['from_lsn']} to {each['to_lsn']}"
        for each in windows
    ]


def _span(window: Mapping[str, Any]) -> str:
    if window["to"] is None:
        return f"{begin_text(window['from'])} to ? (the time of the last commit is not known)"
    if window["to"] == window["from"]:
        return f"{begin_text(window['from'])}, the end of the backup, alone (no commit since)"
    return span_text(window["from"], window["to"])


def _path(parts: Sequence[Mapping[str, Any]]) -> str:
    *before, last = parts
    switches = "".join(f"{each['timeline']} until {each['to_lsn']}, " for each in before)
    return f"timeline {switches}{last['timeline']}"


def gap_text(gap: Mapping[str, Any]) -> str:
    """A gap in words, with what is lost by it."""
    first, last, lost = gap["first_segment"], gap["last_segment"], gap["lost"]
    what = f"{first} is" if first == last else f"{first} to {last} are"
    since = f"after {moment_text(lost['from'])}" if lost["from"] else "behind it"
    if lost["to"] is None:
        return f"{what} {gap['reason']}: nothing {since} can be recovered before the next backup is taken"
    return f"{what} {gap['reason']}: nothing {since} and before {begin_text(lost['to'])} can be recovered"


def archiver_lines(archiver: Mapping[str, Any] | None) -> list[str]:
    """The archiver's state in one line; none when it is not known."""
    if archiver is None:
        return []
    line = f"  archiver  last archived {last_archived_text(archiver)}, {archiver['ready_count']} waiting"
    if archiver["ready_count"]:
        line += f" (for {archiver['oldest_ready_seconds']:.0f} s)"
    return [line + (f", FAILING on {archiver['failing_on']}" if archiver["failing_on"] else "")]


def last_archived_text(archiver: Mapping[str, Any]) -> str:
    """The file that was archived last, and whether that none was is known."""
    return archiver["last_archived"] or ("not known" if archiver["server_error"] else "nothing")


__all__ = (
    "archiver_lines",
    "gap_text",
    "info_text",
    "last_archived_text",
)
