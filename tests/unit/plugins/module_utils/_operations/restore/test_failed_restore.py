# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore that failed after the swap began is rolled back, and the error says how things are."""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import SWAPPED, RestoreJournal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import sibling_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.failed_restore import (
    roll_back_failed,
    state_after,
    timeline_sentences,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.journal import (
    find_journal,
    write_journal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.new_timeline import NewTimeline
from fake_runner import NoPrograms
from sample_cluster import sample_cluster
from sample_plan import sample_journal

ERROR = Unavailable("the recovery stands still", code="recovery-stalled", hint="Look.")


def swapped(tmp_path: Path, **known: bool) -> RestoreJournal:
    """The journal after the swap, beside directories with what they hold; no server runs."""
    me = pwd.getpwuid(os.geteuid()).pw_name
    source = sample_cluster(str(tmp_path / "data"), os_user=me, is_lost=known.get("is_lost", False), running=False)
    pair = sibling_pair(source.data_directory, had_live=not source.is_lost)
    for place in (pair.live, *([] if source.is_lost else [pair.old])):
        os.mkdir(place)
    in_place = known.get("in_place", True)
    journal = sample_journal(
        source, phase=SWAPPED, was_running=False, in_place=in_place, pairs=(pair,) if in_place else ()
    )
    write_journal(journal)
    return journal


def roll_back(
    journal: RestoreJournal, folder: ClusterFolder, *, error: BaseException = ERROR, wanted: bool = True
) -> BaseException:
    return roll_back_failed(journal, error, folder=folder, runner=NoPrograms(), wanted=wanted, seconds=5)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        pytest.param({}, "rolled back: the old cluster is back, stopped as it was before", id="in place"),
        pytest.param({"is_lost": True}, "is as empty as it was before.", id="in the place of nothing"),
        pytest.param({"in_place": False}, "The copy is stopped; the cluster itself was never touched.", id="a copy"),
    ],
)
def test_error_says_what_the_rollback_has_left(
    tmp_path: Path, folder: ClusterFolder, known: dict[str, bool], said: str
) -> None:
    journal = swapped(tmp_path, **known)
    told = roll_back(journal, folder)
    assert isinstance(told, Unavailable)
    assert (told.message, told.code) == (ERROR.message, ERROR.code)
    assert told.hint.startswith("Look. ") and said in told.hint
    assert find_journal(journal.directory).journal is None
    if journal.in_place:
        restored = journal.pairs[0].rolled_back
        assert os.path.isdir(restored) and os.path.isdir(journal.directory) != journal.source.is_lost


def test_nothing_is_rolled_back_where_that_is_not_wanted(tmp_path: Path, folder: ClusterFolder) -> None:
    journal = swapped(tmp_path)
    told = roll_back(journal, folder, wanted=False)
    assert isinstance(told, Unavailable) and "Nothing was rolled back" in told.hint
    assert find_journal(journal.directory).journal == journal


def test_rollback_that_fails_too_says_both(tmp_path: Path, folder: ClusterFolder) -> None:
    journal = swapped(tmp_path)
    pair = journal.pairs[0]
    os.mkdir(pair.rolled_back)
    told = roll_back(journal, folder)
    assert isinstance(told, Failed)
    assert told.code == "undo-failed"
    assert "the recovery stands still; and the restore could not be rolled back" in told.message
    assert find_journal(journal.directory).journal is not None


def test_bug_comes_back_as_it_is_after_the_rollback(tmp_path: Path, folder: ClusterFolder) -> None:
    journal, bug = swapped(tmp_path), ZeroDivisionError("a bug")
    assert roll_back(journal, folder, error=bug) is bug
    assert find_journal(journal.directory).journal is None


def test_running_server_is_said_to_run_again() -> None:
    journal = sample_journal(was_running=True)
    assert "the old cluster runs again" in state_after(journal)
    assert "the old cluster runs again" not in state_after(replace(journal, was_running=False))


@pytest.mark.parametrize(
    ("opened", "said"),
    [
        pytest.param(NewTimeline(), [], id="no timeline was given up"),
        pytest.param(NewTimeline(3), ["It is on timeline 3 now, which its standbys follow."], id="opened"),
        pytest.param(
            NewTimeline(3, "'00000003.history' is not archived yet: full"),
            [
                "It is on timeline 3 now, which its standbys follow.",
                "'00000003.history' is not archived yet: full.",
            ],
            id="opened, and not archived",
        ),
        pytest.param(
            NewTimeline(None, "no repository"),
            [
                "It stays on its timeline, and standbys may follow the one that was given up: no new timeline could be "
                "begun (no repository)."
            ],
            id="not opened",
        ),
    ],
)
def test_timeline_of_the_old_cluster_is_said(opened: NewTimeline, said: list[str]) -> None:
    assert [*timeline_sentences(opened)] == said
