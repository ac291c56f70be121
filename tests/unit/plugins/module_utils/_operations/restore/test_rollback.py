# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stopped cluster comes back from whatever state a restore left, however often the rollback was interrupted."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import (
    ROLLING_BACK,
    SWAPPED,
    SWAPPING,
    RestoreJournal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import (
    SwapPair,
    inner_pair,
    sibling_pair,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_steps import rollback_steps
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.journal import (
    find_journal,
    journal_path,
    write_journal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.new_timeline import NewTimeline
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.rollback import roll_back
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.sibling_directories import rename_durably
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.swap import existing_of, finish_swap
from fake_runner import NoPrograms
from sample_cluster import sample_cluster
from sample_plan import sample_journal


@pytest.fixture
def journal(tmp_path: Path) -> RestoreJournal:
    """Everything is beside what it will replace."""
    me = pwd.getpwuid(os.geteuid()).pw_name
    source = sample_cluster(str(tmp_path / "data"), os_user=me, running=False)
    pairs = (inner_pair(str(tmp_path / "space"), "PG_15_1"), sibling_pair(source.data_directory))
    for pair in pairs:
        mark(pair.live, "old")
        mark(pair.new, "new")
    journal = sample_journal(source, pairs=pairs, was_running=False, phase=SWAPPING)
    write_journal(journal)
    return journal


def mark(directory: str, text: str) -> None:
    os.makedirs(directory)
    (Path(directory) / "which").write_text(text, encoding="utf-8")


def assert_rolled_back(journal: RestoreJournal) -> None:
    for pair in journal.pairs:
        assert (Path(pair.live) / "which").read_text(encoding="utf-8") == "old"
        assert (Path(pair.rolled_back) / "which").read_text(encoding="utf-8") == "new"
        assert not os.path.exists(pair.new) and not os.path.exists(pair.old)
    assert find_journal(journal.directory).journal is None


def run(journal: RestoreJournal, folder: ClusterFolder) -> NewTimeline:
    return roll_back(journal, folder=folder, runner=NoPrograms(), timeout_seconds=5)


@pytest.mark.parametrize("swapped", [0, 1, 2])
def test_old_directories_come_back_from_any_point_of_the_swap(
    journal: RestoreJournal, folder: ClusterFolder, swapped: int
) -> None:
    finish_swap(journal.at(SWAPPING, pairs=journal.pairs[:swapped]))
    run(journal, folder)
    assert_rolled_back(journal)
    # What lay inside the tablespace and is empty now goes with it.
    assert sorted(os.listdir(os.path.dirname(journal.pairs[0].live))) == [".pitr-undone", "PG_15_1"]


@pytest.mark.parametrize("done", [0, 1, 2, 3, 4])
def test_interrupted_rollback_is_finished_by_the_next(
    journal: RestoreJournal, folder: ClusterFolder, done: int
) -> None:
    finish_swap(journal)
    write_journal(journal.at(ROLLING_BACK))
    for step in rollback_steps(journal.pairs, existing=existing_of(journal.pairs))[:done]:
        rename_durably(step)
    found = find_journal(journal.directory).journal
    assert found is not None
    run(found, folder)
    assert_rolled_back(journal)


def test_copy_side_by_side_stays(tmp_path: Path, folder: ClusterFolder) -> None:
    me = pwd.getpwuid(os.geteuid()).pw_name
    source = sample_cluster(str(tmp_path / "data"), os_user=me)
    mark(str(tmp_path / "copy"), "new")
    journal = sample_journal(source, in_place=False, directory=str(tmp_path / "copy"), pairs=(), phase=SWAPPED)
    write_journal(journal)
    run(journal, folder)
    assert os.listdir(tmp_path / "copy") == ["which"] and find_journal(journal.directory).journal is None


def test_directory_that_somebody_moved_leaves_the_journal(journal: RestoreJournal, folder: ClusterFolder) -> None:
    finish_swap(journal)
    data: SwapPair = journal.pairs[-1]
    mark(data.rolled_back, "?")
    with pytest.raises(Failed) as caught:
        run(journal, folder)
    assert caught.value.code == "swap-inconsistent"
    assert os.path.exists(journal_path(journal.directory))


def test_server_that_was_faster_and_did_not_stay_up_leaves_the_new_timeline_to_us(
    journal: RestoreJournal, folder: ClusterFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A supervisor's, on a directory that is prepared for single-user mode."""
    outcomes = [NewTimeline(None, 'lock file "postmaster.pid" already exists'), NewTimeline(3)]
    monkeypatch.setattr(
        "ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.rollback.open_new_timeline",
        lambda *_journal, **_others: outcomes.pop(0),
    )
    finish_swap(journal)
    assert run(journal, folder) == NewTimeline(3)
    assert_rolled_back(journal)
