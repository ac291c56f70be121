# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request for a restore comes to, as results and ``pgpitr restore --plan --json`` have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..journal import RestoreJournal
from ..plan import RestorePlan
from ..recorded_plan import RecordedPlan
from ..request import RestoreRequest
from .plan_text import plan_lines


def planned_to_dict(plan: RestorePlan, *, journal_path: str, hostname: str) -> dict[str, Any]:
    """A plan; ``journal_path`` is where the journal of its restore will lie, ``hostname`` the name of this host."""
    return {
        **_shown(RecordedPlan.of(plan), plan_lines(plan), plan.request),
        "already": False,
        "data_directory": plan.placement.directory,
        "port": plan.placement.port,
        "hostname": hostname,
        "system_identifier": plan.replay.stop.backup.system_identifier,
        "journal": journal_path,
    }


def already_to_dict(
    request: RestoreRequest, journal: RestoreJournal, *, journal_path: str, hostname: str
) -> dict[str, Any]:
    """A restore that went where this one is to go."""
    return {
        **_shown(journal.plan, already_lines(request, journal), request),
        "already": True,
        "data_directory": journal.directory,
        "port": journal.port,
        "hostname": hostname,
        "system_identifier": journal.source.system_identifier,
        "journal": journal_path,
    }


def already_lines(request: RestoreRequest, journal: RestoreJournal) -> tuple[str, str]:
    """The same for people, in two columns."""
    line = f"restored to {request.target.phrase}, begun {journal.started}, now {journal.phase}"
    if changes_action(request, journal):
        return f"{'already':<13} {line}", f"{'then':<13} {request.action}"
    return f"{'already':<13} {line}", f"{'note':<13} set 'pitr_restore_again' to do it once more"


def changes_action(request: RestoreRequest, journal: RestoreJournal) -> bool:
    """Whether the recovery waits at this target, and something else is asked of it than before."""
    return journal.is_waiting and journal.plan.action != request.action


def _shown(plan: RecordedPlan, lines: Sequence[str], request: RestoreRequest) -> dict[str, Any]:
    return {
        "plan": plan.to_dict(),
        "plan_lines": list(lines),
        "plan_text": "\n".join(lines),
        "confirmation": request.confirmation if request.in_place else None,
    }


__all__ = ("already_lines", "already_to_dict", "changes_action", "planned_to_dict")
