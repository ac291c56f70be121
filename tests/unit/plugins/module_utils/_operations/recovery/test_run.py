# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recovery is asked for, and whether anything is left to do."""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.request import RecoveryRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import (
    FOLLOWING,
    PAUSED,
    PROMOTED,
    STOPPED,
    SWAPPED,
    RestoreJournal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age_identity import AgeIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.kept_identity import KeptIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.following import Following
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.run import RecoveryRun
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.journal import find_journal
from fake_runner import NoPrograms
from sample_cluster import sample_cluster
from sample_plan import sample_journal
from scripted_server import ScriptedServer


def run(action: str | None = None) -> RecoveryRun:
    def connect(_cluster: object, **how: object) -> ScriptedServer:
        raise AssertionError(f"nothing is asked ({how})")

    folder = ClusterFolder("/srv/repository", name="db1")
    return RecoveryRun(RecoveryRequest(action=action), folder=folder, runner=NoPrograms(), connect=connect)


@pytest.mark.parametrize(
    ("action", "phase", "after", "has_ended"),
    [
        pytest.param(None, SWAPPED, PROMOTED, False, id="as the restore was asked for"),
        pytest.param("pause", SWAPPED, PAUSED, False, id="a look first"),
        pytest.param("shutdown", SWAPPED, STOPPED, False, id="stopped"),
        pytest.param("pause", PAUSED, PAUSED, True, id="it waits already"),
        pytest.param(None, PAUSED, PROMOTED, False, id="it waits, and is to be promoted"),
        pytest.param("pause", PROMOTED, PAUSED, True, id="too late for a look"),
        pytest.param("shutdown", PAUSED, STOPPED, False, id="it waits, and is to be stopped"),
    ],
)
def test_recovery_ends_as_it_is_asked_to(action: str | None, phase: str, after: str, has_ended: bool) -> None:
    journal = sample_journal(phase=phase)
    assert (run(action).phase_after(journal), run(action).has_ended(journal)) == (after, has_ended)


def test_restore_says_what_happens_where_nobody_else_does() -> None:
    journal = sample_journal()
    paused = replace(journal, plan=replace(journal.plan, action="pause"))
    assert (run().phase_after(paused), run("promote").phase_after(paused)) == (PAUSED, PROMOTED)


class StreamsAtOnce(Following):
    """A standby whose primary is there."""

    def until_open(self) -> RestoreJournal:
        return self.journal.at(FOLLOWING)


class StandbyRun(RecoveryRun):
    """The recovery of one."""

    def _following(self, journal: RestoreJournal) -> Following:
        return StreamsAtOnce(journal, connect=self.connect, runner=self.runner, seconds=1)


def test_standby_that_streams_cannot_read_an_encrypted_archive_any_more(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    journal = sample_journal(sample_cluster(str(data), os_user=pwd.getpwuid(os.geteuid()).pw_name))
    AgeIdentity("AGE-SECRET-KEY-1").keep_for(str(data))
    usual = run()
    standby = StandbyRun(usual.request, folder=usual.folder, runner=usual.runner, connect=usual.connect)
    finished = standby.run(replace(journal, plan=replace(journal.plan, standby=True)))
    written = find_journal(str(data)).journal
    assert finished.journal == written and finished.journal.phase == FOLLOWING
    assert not KeptIdentity(str(data)).drop(), "it was there still"
