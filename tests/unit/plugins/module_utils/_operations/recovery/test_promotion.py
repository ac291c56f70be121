# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server opens on a timeline that leaves the planned one, and the archive learns of it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import RestoreJournal
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.service.service import Service
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.promotion import (
    open_server,
    prove_timeline,
    wait_for_history,
)
from fake_runner import FakeRunner
from sample_cluster import sample_cluster
from sample_plan import sample_journal
from scripted_server import ScriptedServer


@pytest.fixture
def journal(tmp_path: Path) -> RestoreJournal:
    data = tmp_path / "data"
    (data / "pg_wal").mkdir(parents=True)
    (data / "postgresql.auto.conf").write_text("jit = 'off'\nrestore_command = 'get'\n", encoding="utf-8")
    (data / "recovery.signal").touch()
    return sample_journal(sample_cluster(str(data)), staged={"restore_command": "get"})


class FakePgCtl(FakeRunner):
    """Answers ``pg_ctl``, and keeps what it was asked for."""

    def __init__(self) -> None:
        self.verbs: list[str] = []

    def answer(self, argv: tuple[str, ...]) -> Result:
        assert argv[0].endswith("/pg_ctl")
        self.verbs.append(argv[1])
        return Result(argv, 0, "", "")


def history(journal: RestoreJournal, *, parent: int) -> None:
    Path(f"{journal.directory}/pg_wal/00000003.history").write_text(f"{parent}\t0/5000028\twhy\n", encoding="utf-8")


def server(*, in_recovery: bool) -> ScriptedServer:
    return ScriptedServer(
        {
            "pg_last_wal_replay_lsn": [(in_recovery, "0/5000028", None, "paused")],
            "pg_reload_conf": [(True,)],
            "CHECKPOINT": [],
            "pg_walfile_name": [("000000030000000000000005",)],
        }
    )


@pytest.mark.parametrize("in_recovery", [True, False])
def test_server_is_opened_without_its_recovery_settings(journal: RestoreJournal, in_recovery: bool) -> None:
    history(journal, parent=1)
    runner = FakePgCtl()
    service = Service(journal.restored, runner=runner)
    assert open_server(server(in_recovery=in_recovery), journal, service=service, timeout_seconds=5) == 3
    assert runner.verbs == (["promote"] if in_recovery else [])
    assert Path(f"{journal.directory}/postgresql.auto.conf").read_text(encoding="utf-8") == (
        "jit = 'off'\nrestore_command = 'cp'\n"
    )
    assert not os.path.exists(f"{journal.directory}/recovery.signal")


@pytest.mark.parametrize("parent", [2, None])
def test_timeline_that_does_not_leave_the_planned_one_is_refused(journal: RestoreJournal, parent: int | None) -> None:
    if parent is not None:
        history(journal, parent=parent)
    with pytest.raises(Failed, match=f"begins on timeline {parent or 'none'}, and the plan was") as caught:
        prove_timeline(journal, timeline=3)
    assert caught.value.code == "recovery-elsewhere"
    history(journal, parent=1)
    prove_timeline(journal, timeline=3)
    with pytest.raises(Failed):
        prove_timeline(replace(journal, plan=replace(journal.plan, timeline=2)), timeline=3)


def test_history_that_is_never_archived_is_told(folder: ClusterFolder) -> None:
    with pytest.raises(Unavailable, match=r"'00000003\.history' was not archived within 0 seconds") as caught:
        wait_for_history(folder, timeline=3, timeout_seconds=0)
    assert caught.value.code == "archiving-failed"
