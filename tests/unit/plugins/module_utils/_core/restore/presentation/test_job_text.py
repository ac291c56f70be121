# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How people read how a job stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.job_record import (
    RESTORE,
    ROLLBACK,
    JobRecord,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.presentation.job_text import job_text
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget

RECORD = JobRecord(RESTORE, "db1", RecoveryTarget.parse("name", "rp1"), "/srv/data", 4711, "2026-09-15T13:00:00Z")


@pytest.mark.parametrize(
    ("record", "phase", "is_at_work", "state"),
    [
        pytest.param(RECORD, "", True, "extracting beside the cluster, process 4711", id="extracting"),
        pytest.param(
            RECORD, "swapping", True, "stopping the server and swapping the directories, process 4711", id="swap"
        ),
        pytest.param(replace(RECORD, progress="at 0/5"), "swapped", True, "at 0/5, process 4711", id="how far"),
        pytest.param(RECORD, "swapped", True, "recovering, process 4711", id="recovering"),
        pytest.param(RECORD, "undoing", True, "putting the old cluster back, process 4711", id="failing"),
        pytest.param(RECORD, "paused", True, "paused, process 4711", id="another phase"),
        pytest.param(
            replace(RECORD, kind=ROLLBACK),
            "promoted",
            True,
            "putting the old cluster back, process 4711",
            id="rollback",
        ),
        pytest.param(
            RECORD,
            "swapped",
            False,
            "cut off: no process of it is left; the next run of the playbook ends it, or 'rollback'",
            id="cut off",
        ),
        pytest.param(
            RECORD.done({"state": "promoted"}),
            "promoted",
            False,
            "ended, promoted; the next run of the playbook tells it",
            id="done",
        ),
        pytest.param(
            RECORD.failed({"message": "no", "code": "check-differs"}),
            "",
            False,
            "failed, and the next run of the playbook tells it: no [check-differs]",
            id="failed",
        ),
    ],
)
def test_state_in_words(record: JobRecord, phase: str, is_at_work: bool, state: str) -> None:
    text = job_text(record, phase=phase, is_at_work=is_at_work)
    assert text == f"{record.kind} of '/srv/data' to name rp1, begun 2026-09-15T13:00:00Z: {state}"
