# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented form of the catalogue as text for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from .instant import format_instant, parse_instant

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def info_text(clusters: Sequence[Mapping[str, Any]]) -> str:
    """Every cluster with its backups, windows and gaps; ends with a line break."""
    if not clusters:
        return "The repository has no cluster.\n"
    return "\n".join(_cluster_text(cluster) for cluster in clusters)


def size_text(size_bytes: int) -> str:
    """A size with three digits or so.

    >>> size_text(2250000000)
    '2.10 GiB'
    """
    size = float(size_bytes)
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            return f"{size_bytes} B" if unit == "B" else f"{size:.2f} {unit}"
        size /= 1024
    return f"{size_bytes} B"


def moment_text(moment: str | None) -> str:
    """A time of the form, cut to the second, in UTC.

    >>> moment_text("2026-11-22T15:15:00.204113Z")
    '2026-11-22 15:15:00Z'
    """
    return "?" if not moment else moment[:19].replace("T", " ") + "Z"


def begin_text(moment: str) -> str:
    """The first full second that is not before the time, so that it can be reached where the time can.

    >>> begin_text("2026-11-22T15:15:00.204113Z"), begin_text("2026-11-22T15:15:00.000000Z")
    ('2026-11-22 15:15:01Z', '2026-11-22 15:15:00Z')
    >>> begin_text("2026-11-22T23:59:59.000001Z")
    '2026-11-23 00:00:00Z'
    """
    if moment[19:] == ".000000Z":
        return moment_text(moment)
    second = int(moment[17:19])
    if second < 59:
        # As most are, and parsing them is felt where a repository has thousands of backups.
        return f"{moment[:10]} {moment[11:17]}{second + 1:02}Z"
    return moment_text(format_instant(parse_instant(moment) + timedelta(seconds=1)))


def span_text(start: str, end: str) -> str:
    """From one time to another by full seconds that lie between; to the microsecond where none does.

    >>> span_text("2026-11-22T15:15:00.204113Z", "2026-11-22T15:16:00.204113Z")
    '2026-11-22 15:15:01Z to 2026-11-22 15:16:00Z'
    >>> span_text("2026-11-22T15:15:00.204113Z", "2026-11-22T15:15:00.700000Z")
    '2026-11-22 15:15:00.204113Z to 2026-11-22 15:15:00.700000Z'
    """
    first, last = begin_text(start), moment_text(end)
    if first <= last:
        return f"{first} to {last}"
    return f"{start.replace('T', ' ')} to {end.replace('T', ' ')}"


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
    "begin_text",
    "gap_text",
    "info_text",
    "last_archived_text",
    "moment_text",
    "size_text",
    "span_text",
)
