# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rolled-back cluster is opened on a new timeline where one was given up, and else left alone."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import (
    ROLLING_BACK,
    RestoreJournal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import sibling_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.new_timeline import (
    NewTimeline,
    open_new_timeline,
)
from fake_runner import NoPrograms
from sample_cluster import sample_cluster
from sample_plan import sample_journal


def journal_at(tmp_path: Path, *, is_lost: bool = False) -> RestoreJournal:
    me = pwd.getpwuid(os.geteuid()).pw_name
    source = sample_cluster(str(tmp_path / "data"), os_user=me, is_lost=is_lost, running=False)
    (tmp_path / "data").mkdir()
    return sample_journal(source, pairs=(sibling_pair(source.data_directory),), phase=ROLLING_BACK)


def opened(journal: RestoreJournal, folder: ClusterFolder) -> NewTimeline:
    return open_new_timeline(journal, folder=folder, runner=NoPrograms(), timeout_seconds=5)


def test_standby_and_what_was_lost_are_left_alone(tmp_path: Path, folder: ClusterFolder) -> None:
    journal = journal_at(tmp_path)
    (tmp_path / "data" / "standby.signal").touch()
    assert opened(journal, folder) == NewTimeline()


def test_nothing_is_opened_where_nothing_was(tmp_path: Path, folder: ClusterFolder) -> None:
    assert opened(journal_at(tmp_path, is_lost=True), folder) == NewTimeline()


def test_what_fails_is_a_problem_and_leaves_nothing(tmp_path: Path, folder: ClusterFolder) -> None:
    journal = journal_at(tmp_path)
    forks = tmp_path / "data" / "base" / "5"
    forks.mkdir(parents=True)
    (forks / "16390_init.pitr-hidden").touch()
    (tmp_path / "data" / "recovery.signal").touch()

    told = opened(journal, folder)

    assert told.timeline is None and "pg_controldata" in told.problem
    assert os.listdir(tmp_path / "data") == ["base"] and os.listdir(forks) == ["16390_init"]
