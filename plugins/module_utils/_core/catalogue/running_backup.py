# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a running backup is."""

from __future__ import annotations

from dataclasses import dataclass

from ..json_fields import load_json, mapping_of, number_of, text_of
from ..wording import size_text

_SIZES = ("percent", "done_bytes", "total_bytes", "stored_bytes")


@dataclass(frozen=True)
class RunningBackup:
    """A backup that is being taken: ``since`` is ISO 8601 in UTC, bytes are of the cluster and of the repository."""

    label: str
    since: str
    phase: str
    percent: int = 0
    done_bytes: int = 0
    total_bytes: int = 0
    stored_bytes: int = 0


def running_text(running: RunningBackup) -> str:
    """How far it is, in one line.

    >>> running_text(RunningBackup("20260915T123000Z-full", "", "copying", percent=40, stored_bytes=1024))
    '20260915T123000Z-full: copying, 40 %, 1.00 KiB stored'
    """
    return f"{running.label}: {running.phase}, {running.percent} %, {size_text(running.stored_bytes)} stored"


def parse_running(text: str) -> RunningBackup:
    """What the one who takes the backup has written. Raises ValueError, KeyError for any other text."""
    record = mapping_of(load_json(text), "the progress")
    label, since, phase = (text_of(record[name], name) for name in ("label", "since", "phase"))
    sizes = {name: number_of(record[name], name) for name in _SIZES}
    return RunningBackup(label, since, phase, **sizes)


__all__ = ("RunningBackup", "parse_running", "running_text")
