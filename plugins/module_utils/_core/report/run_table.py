# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a playbook's run as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from .run_outcome import value_at

# Ansible prints a list of lines indented, quoted and with commas: together 100 columns.
WIDTH = 88
_MOST_OF_A_NAME = 24
_WORDS = {"not_run": "not run"}


def run_table(result: Mapping[str, Any], *, stops: bool = False) -> list[str]:
    """A line of counts over all batches so far, and the hosts, each in a line or several.

    They are those of the last batch, and all where no other one follows it. ``stops``: none does after a failure.
    """
    batch, clusters = value_at(result, "batch") or (), value_at(result, "clusters") or {}
    own = [host for host, record in clusters.items() if record.get("playbook") == value_at(result, "playbook")]
    hosts = batch if _goes_on(result, batch=batch, stops=stops) else [*own, *(one for one in batch if one not in own)]
    width = min(max((len(host) for host in hosts), default=0), _MOST_OF_A_NAME)
    lines = [_heading(result), *_point_lines(result)]
    for host in hosts:
        lines += _host_lines(host, clusters.get(host) or {}, width=width)
    return lines


def _goes_on(result: Mapping[str, Any], *, batch: Sequence[str], stops: bool) -> bool:
    """Whether another batch follows: Ansible takes none after one of which no host is left."""
    clusters = value_at(result, "clusters") or {}
    # What was held back has a code, and does not wait for its turn.
    waiting = [one for one in clusters.values() if one.get("status") == "not_run" and not one.get("code")]
    well = [host for host in batch if value_at(clusters, host, "status") == "ok"]
    return bool(waiting) and len(well) >= (len(batch) if stops else 1)


def _heading(result: Mapping[str, Any]) -> str:
    counts = value_at(result, "counts") or {}
    told = ", ".join(f"{count} {_WORDS.get(status, status)}" for status, count in counts.items() if count)
    mode = " (check mode, nothing was changed)" if result.get("check_mode") else ""
    return f"{result.get('playbook')}{mode}: {told or 'no hosts'}"


def _point_lines(result: Mapping[str, Any]) -> list[str]:
    """What became of a restore point as a whole."""
    line = value_at(result, "restore_point", "line")
    return textwrap.wrap(str(line), WIDTH, break_on_hyphens=False) if line else []


def _host_lines(host: str, record: Mapping[str, Any], *, width: int) -> list[str]:
    status = str(record.get("status") or "")
    word = "changed" if status == "ok" and record.get("changed") else _WORDS.get(status, status)
    # The end of a long name is what tells it from others.
    name = host if len(host) <= width else f"..{host[2 - width :]}"
    start = f"{name:<{width}}  {word:<11}  {_seconds(record.get('seconds')):>8}  "
    first, *more = textwrap.wrap(_told(record), WIDTH - len(start), break_on_hyphens=False) or [""]
    return [(start + first).rstrip(), *(" " * len(start) + line for line in more)]


def _seconds(seconds: Any) -> str:
    """How long it took; nothing for a host of which nothing was measured."""
    return f"{seconds:.1f} s" if seconds else ""


def _told(record: Mapping[str, Any]) -> str:
    """What was done, or why it was not."""
    if record.get("status") == "ok":
        return str(record.get("done") or "")
    code = f" [{record['code']}]" if record.get("code") else "."
    hint = f"{code} {record['hint']}" if record.get("hint") else code.rstrip(".")
    return f"{record.get('msg') or ''}{hint}"


__all__ = ("WIDTH", "run_table")
