# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier restore means for the next one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import (
    PAUSED,
    PROMOTED,
    STOPPED,
    SWAPPED,
    SWAPPING,
    RestoreJournal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.earlier_restore import (
    is_copy_gone,
    refuse_set_aside,
    refuse_unfinished,
    refuse_waiting,
    restored_already,
)
from sample_cluster import sample_cluster
from sample_plan import REQUEST, sample_journal


def is_refused(check, journal: RestoreJournal | None) -> bool:
    try:
        check(journal)
    except Refused as error:
        assert error.code == "restore-unfinished" and error.hint
        return True
    return False


@pytest.mark.parametrize(
    ("phase", "unfinished", "waiting"),
    [
        pytest.param(None, False, False, id="no restore"),
        pytest.param(SWAPPING, True, False, id="swapping"),
        pytest.param(SWAPPED, True, False, id="swapped"),
        pytest.param(PAUSED, False, True, id="paused"),
        pytest.param(STOPPED, False, True, id="stopped"),
        pytest.param(PROMOTED, False, False, id="promoted"),
    ],
)
def test_restore_that_still_needs_the_old_cluster_stops_the_next(
    phase: str | None, unfinished: bool, waiting: bool
) -> None:
    journal = sample_journal(phase=phase) if phase else None
    assert (is_refused(refuse_unfinished, journal), is_refused(refuse_waiting, journal)) == (unfinished, waiting)


def test_copy_that_somebody_removed_hinders_nobody(tmp_path: Path) -> None:
    copy = sample_journal(in_place=False, directory=str(tmp_path), phase=SWAPPED)
    assert is_copy_gone(copy) and not is_refused(refuse_unfinished, copy)
    (tmp_path / "PG_VERSION").touch()
    assert not is_copy_gone(copy) and is_refused(refuse_unfinished, copy)
    assert not is_copy_gone(None) and not is_copy_gone(sample_journal())


@pytest.mark.parametrize(
    ("content", "is_lost", "has_journal", "is_said"),
    [
        pytest.param("PG_VERSION", True, False, True, id="it may be the only copy"),
        pytest.param("", True, False, False, id="an empty one"),
        pytest.param(None, True, False, False, id="none"),
        pytest.param("PG_VERSION", True, True, False, id="the restore before kept it"),
        pytest.param("PG_VERSION", False, False, False, id="the cluster is there"),
    ],
)
def test_directory_beside_a_lost_one_is_not_removed(
    tmp_path: Path, content: str | None, is_lost: bool, has_journal: bool, is_said: bool
) -> None:
    aside = tmp_path / "data.pitr-old"
    if content is not None:
        aside.mkdir()
        if content:
            (aside / content).touch()
    cluster = sample_cluster(str(tmp_path / "data"), is_lost=is_lost)
    journal = sample_journal(cluster) if has_journal else None
    if not is_said:
        refuse_set_aside(cluster, journal)
        return
    with pytest.raises(Refused) as caught:
        refuse_set_aside(cluster, journal)
    assert (caught.value.code, str(aside) in caught.value.message) == ("data-directory-set-aside", True)


def test_restore_to_the_same_place_and_target_is_found() -> None:
    journal, cluster = sample_journal(phase=PROMOTED), sample_cluster()
    assert restored_already(REQUEST, journal, cluster=cluster, again=False) is journal
    assert restored_already(REQUEST, journal, cluster=cluster, again=True) is None
    assert restored_already(REQUEST, None, cluster=cluster, again=False) is None
    assert restored_already(replace(REQUEST, name="db2"), journal, cluster=cluster, again=False) is None
    # What it brought back is gone with the data directory.
    assert restored_already(REQUEST, journal, cluster=replace(cluster, is_lost=True), again=False) is None
