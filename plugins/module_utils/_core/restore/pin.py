# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pin that a restore puts on the backup that it uses."""

from __future__ import annotations

import shlex
from datetime import timedelta

from ..catalogue.pin import Pin
from ..instant import parse_instant
from .journal import RestoreJournal

# Longer than any recovery of a copy takes; retention runs every day.
_COPY_RECOVERS = timedelta(days=2)


def pin_of_restore(target: str, *, started: str, in_place: bool) -> Pin:
    """The pin; ``started`` is when the restore began, ISO 8601 in UTC.

    In place it stays until somebody releases it, as long as a rollback or another target may be wanted. A copy only
    needs it while it recovers, and so does a standby, which has its primary for what it needs later.
    """
    since = parse_instant(started)
    return Pin(f"restored to {target}", since, None if in_place else since + _COPY_RECOVERS)


def pin_in_journal(journal: RestoreJournal) -> Pin:
    """The same of a restore that has begun."""
    return pin_of_restore(str(journal.plan.target), started=journal.started, in_place=is_pinned(journal))


def is_pinned(journal: RestoreJournal) -> bool:
    """Whether somebody has to release the backup."""
    return journal.in_place and not journal.plan.standby


def unpin_line(journal: RestoreJournal) -> str:
    """The command line that releases the backup."""
    words = ["pgpitr", "unpin", journal.plan.backup, "--cluster", journal.plan.cluster]
    return shlex.join([*words, "--reason", pin_in_journal(journal).reason])


__all__ = ("is_pinned", "pin_in_journal", "pin_of_restore", "unpin_line")
