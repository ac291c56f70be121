# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a job stands, as text for people."""

from __future__ import annotations

from ..job_record import DONE, FAILED, ROLLBACK, JobRecord
from ..journal import ROLLING_BACK, SWAPPED, SWAPPING

_STEPS = {
    "": "extracting beside the cluster",
    SWAPPING: "stopping the server and swapping the directories",
    SWAPPED: "recovering",
    ROLLING_BACK: "putting the old cluster back",
}


def job_text(record: JobRecord, *, phase: str, is_at_work: bool) -> str:
    """One line; ``phase`` is that of the journal beside it, ``""`` without one."""
    what = f"{record.kind} of '{record.directory}' to {record.target.phrase}, begun {record.started}"
    return f"{what}: {_state(record, phase=phase, is_at_work=is_at_work)}"


def _state(record: JobRecord, *, phase: str, is_at_work: bool) -> str:
    if record.state == DONE:
        return f"ended, {record.values.get('state', 'done')}; the next run of the playbook tells it"
    if record.state == FAILED:
        failure = record.failure
        return f"failed, and the next run of the playbook tells it: {failure.get('message')} [{failure.get('code')}]"
    if not is_at_work:
        return "cut off: no process of it is left; the next run of the playbook ends it, or 'rollback'"
    step = _STEPS[ROLLING_BACK] if record.kind == ROLLBACK else _STEPS.get(phase, phase)
    return f"{record.progress or step}, process {record.process}"


__all__ = ("job_text",)
