# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a killed job had got, and how it is ended from there; the recovery and the rollback themselves are others'."""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.request import RecoveryRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.job_record import (
    RECOVERY,
    RESTORE,
    ROLLBACK,
    JobRecord,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import (
    PAUSED,
    PROMOTED,
    SWAPPED,
    SWAPPING,
    RestoreJournal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.recovery_proof import Reached
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.run import (
    FinishedRecovery,
    RecoveryRun,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.see_through import SeeThrough
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.job_file import find_job, job_path
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.journal import write_journal
from fake_runner import NoPrograms
from sample_cluster import sample_cluster
from sample_plan import sample_journal

_RUNS: list[str] = []


class RunsOnPaper(RecoveryRun):
    """Notes from which phase the recovery would have been run."""

    def run(self, journal: RestoreJournal) -> FinishedRecovery:
        _RUNS.append(journal.phase)
        return FinishedRecovery(journal.at(PROMOTED))

    def finish_opened(self, journal: RestoreJournal) -> FinishedRecovery:
        _RUNS.append(f"opened, {journal.phase}")
        return FinishedRecovery(journal.at(PROMOTED))


def ended(
    data: str, *, action: str | None = None, rolls_back: bool = True, cluster: str = "db1", tries_again: bool = False
) -> list[str]:
    """The phases from which a recovery of the cluster was run."""
    request = RecoveryRequest(action=action, rolls_back_on_failure=rolls_back)

    def new_run(name: str) -> RecoveryRun:
        assert name == cluster
        folder = ClusterFolder("/srv/repository", name=name)
        return RunsOnPaper(
            request, folder=folder, runner=NoPrograms(), connect=lambda *_any, **_how: pytest.fail("asked")
        )

    _RUNS.clear()
    SeeThrough(new_run, stop_timeout_seconds=1, tries_again=tries_again).end(data)
    return list(_RUNS)


@pytest.fixture
def journal(tmp_path: Path) -> RestoreJournal:
    return sample_journal(sample_cluster(str(tmp_path / "data"), os_user=pwd.getpwuid(os.geteuid()).pw_name))


def leave(journal: RestoreJournal, *, kind: str = RESTORE, started: str | None = None) -> None:
    """The record of a job of which no process is left."""
    plan = journal.plan
    record = JobRecord(kind, plan.cluster, plan.target, journal.directory, 4711, started or journal.started)
    Path(job_path(journal.directory)).write_text(str(record), encoding="utf-8")


def test_nothing_happens_where_no_job_was_killed(journal: RestoreJournal) -> None:
    write_journal(journal)
    assert ended(journal.directory) == []


@pytest.mark.parametrize(
    ("kind", "phase", "action", "expected"),
    [
        pytest.param(RESTORE, SWAPPED, None, [SWAPPED], id="swapped"),
        pytest.param(RECOVERY, SWAPPED, None, [SWAPPED], id="recovering"),
        pytest.param(RECOVERY, PAUSED, "promote", [PAUSED], id="paused, to be promoted"),
        pytest.param(RECOVERY, PROMOTED, None, [], id="handed over"),
        pytest.param(RESTORE, PROMOTED, None, [], id="handed over by a restore"),
    ],
)
def test_recovery_goes_on_from_the_swap(
    journal: RestoreJournal, kind: str, phase: str, action: str | None, expected: list[str]
) -> None:
    write_journal(journal.at(phase))
    leave(journal, kind=kind)
    assert ended(journal.directory, action=action) == expected
    assert find_job(journal.directory) is None


def test_copy_of_another_cluster_is_ended_with_the_folder_of_that_one(journal: RestoreJournal) -> None:
    write_journal(journal)
    leave(replace(journal, plan=replace(journal.plan, cluster="sales")))
    assert ended(journal.directory, cluster="sales") == [SWAPPED]


@pytest.mark.parametrize("earlier", [False, True], ids=["no journal", "journal of an earlier restore"])
def test_restore_that_had_stopped_nothing_is_told_so(journal: RestoreJournal, earlier: bool) -> None:
    if earlier:
        write_journal(journal.at(PROMOTED))
    leave(journal, started="2026-09-16T00:00:00.000000Z")
    with pytest.raises(Failed, match="before the server was stopped") as caught:
        ended(journal.directory)
    assert caught.value.code == "job-killed"


def test_what_is_to_stay_as_it_failed_is_not_rolled_back(journal: RestoreJournal) -> None:
    write_journal(journal.at(SWAPPING))
    leave(journal)
    with pytest.raises(Failed) as caught:
        ended(journal.directory, rolls_back=False)
    assert caught.value.code == "job-killed" and "undo_on_failure is off" in caught.value.hint


def test_copy_that_was_to_be_rolled_back_is(journal: RestoreJournal) -> None:
    write_journal(replace(journal, in_place=False, pairs=()))
    leave(journal, kind=ROLLBACK)
    assert ended(journal.directory) == []
    assert not Path(f"{journal.directory}.pitr-journal.json").exists()
    leave(journal, kind=ROLLBACK)
    assert ended(journal.directory) == [], "it was through already"


@pytest.mark.parametrize(
    ("phase", "signal", "expected"),
    [
        pytest.param(SWAPPED, "", "opened, swapped", id="promoted"),
        pytest.param(PAUSED, "", "opened, paused", id="paused, and promoted"),
        pytest.param(SWAPPED, "recovery.signal", "swapped", id="not promoted yet"),
        pytest.param(SWAPPED, "standby.signal", "swapped", id="a standby's"),
    ],
)
def test_server_that_was_opened_at_the_proven_point_is_not_recovered_again(
    journal: RestoreJournal, phase: str, signal: str, expected: str
) -> None:
    os.makedirs(journal.directory)
    if signal:
        Path(journal.directory, signal).touch()
    write_journal(journal.at(phase, reached=Reached(Lsn(1), None, 1)))
    leave(journal, kind=RECOVERY)
    assert ended(journal.directory, action="promote") == [expected]


@pytest.mark.parametrize(
    ("code", "tries_again", "is_tried"),
    [
        ("undo-failed", True, True),
        ("job-crashed", True, True),
        ("undo-failed", False, False),
        ("check-differs", True, False),
    ],
)
def test_rollback_that_failed_in_the_middle_is_tried_again_by_the_guard_alone(
    journal: RestoreJournal, code: str, tries_again: bool, is_tried: bool
) -> None:
    write_journal(replace(journal, in_place=False, pairs=()).at(SWAPPED))
    leave(journal)
    failed = find_job(journal.directory)
    assert failed is not None
    failure = {"type": "Failed", "message": "no", "code": code, "hint": ""}
    Path(job_path(journal.directory)).write_text(str(failed.failed(failure)), encoding="utf-8")
    if is_tried:
        with pytest.raises(Failed, match="killed"):
            ended(journal.directory, tries_again=tries_again)
        assert not Path(f"{journal.directory}.pitr-journal.json").exists(), "it is rolled back"
    else:
        assert ended(journal.directory, tries_again=tries_again) == []
