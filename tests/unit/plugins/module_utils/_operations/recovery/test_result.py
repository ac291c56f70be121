# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people and playbooks are told of a recovery."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.request import CheckAnswer, SqlCheck
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import FOLLOWING, PROMOTED
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.recovery_proof import Reached
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.result import finished_to_dict
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.run import FinishedRecovery
from sample_plan import sample_journal


def test_recovery_that_has_not_been_run_has_reached_nothing() -> None:
    told = finished_to_dict(FinishedRecovery(sample_journal()))
    assert (told["state"], told["reached"], told["new_timeline"], told["checks"]) == ("swapped", None, None, [])
    assert [line.split()[0] for line in told["messages"]] == ["server", "kept", "pinned"]


def test_finished_recovery_tells_point_checks_and_login() -> None:
    journal = sample_journal(reached=Reached(Lsn.parse("0/5001A00"), None, 1), new_timeline=2, phase=PROMOTED)
    answer = CheckAnswer(SqlCheck("SELECT 1", "1", "postgres"), got="1", role="checker")
    told = finished_to_dict(FinishedRecovery(journal, (answer,), 4.21, login="as 'dba'", login_role="dba"))
    assert told["reached"] == {"lsn": "0/5001A00", "time": None, "timeline": 1}
    assert (told["login_user"], told["seconds"], told["new_timeline"]) == ("dba", 4.2, 2)
    assert told["checks"][0]["got"] == "1"
    words = [line.split()[0] for line in told["messages"]]
    assert words == ["server", "reached", "login", "timeline", "check", "kept", "pinned"]


def test_standby_is_told_of_no_pin_that_somebody_would_have_to_release() -> None:
    journal = sample_journal(phase=FOLLOWING)
    told = finished_to_dict(FinishedRecovery(replace(journal, plan=replace(journal.plan, standby=True))))
    assert "pinned" not in [line.split()[0] for line in told["messages"]]
