# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of a recovery, as plain data."""

from __future__ import annotations

from typing import Any

from ..._core.recovery.request import CheckAnswer
from ..._core.restore.journal import reached_to_dict
from ..._core.restore.pin import is_pinned, unpin_line
from .run import FinishedRecovery


def finished_to_dict(finished: FinishedRecovery) -> dict[str, Any]:
    """How a recovery ended, as results have it."""
    journal = finished.journal
    return {
        "state": journal.phase,
        "data_directory": journal.directory,
        "port": journal.port,
        "reached": reached_to_dict(journal.reached) if journal.reached else None,
        "new_timeline": journal.new_timeline,
        "plan": journal.plan.to_dict(),
        "login_user": finished.login_role,
        "checks": [_answer_to_dict(answer) for answer in finished.answers],
        "seconds": round(finished.seconds, 1),
        "messages": _messages(finished),
    }


def _answer_to_dict(answer: CheckAnswer) -> dict[str, Any]:
    check = answer.check
    return {
        "sql": check.shown,
        "expect": check.expect,
        "got": answer.got,
        "role": answer.role,
        "waiting": answer.waiting,
    }


def _messages(finished: FinishedRecovery) -> list[str]:
    journal = finished.journal
    lines = [f"{'server':<13} {journal.phase}, in {journal.directory}, port {journal.port}"]
    if journal.reached:
        reached = reached_to_dict(journal.reached)
        after = f", last transaction of {reached['time']}" if reached["time"] else ""
        lines.append(f"{'reached':<13} {reached['lsn']} on timeline {reached['timeline']}{after}")
    if finished.login:
        lines.append(f"{'login':<13} {finished.login}")
    if journal.new_timeline is not None:
        lines.append(f"{'timeline':<13} {journal.new_timeline}")
    lines += [f"{'check':<13} {answer.phrase}" for answer in finished.answers]
    if journal.in_place and journal.pairs and not journal.source.is_lost:
        lines.append(f"{'kept':<13} {journal.pairs[-1].old}, for the playbook 'rollback'")
    if is_pinned(journal):
        lines.append(f"{'pinned':<13} {journal.plan.backup} and all WAL since, until: {unpin_line(journal)}")
    return lines


__all__ = ("finished_to_dict",)
