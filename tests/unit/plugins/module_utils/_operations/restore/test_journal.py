# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the journal lies, and whose journal is followed."""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import (
    PROMOTED,
    SWAPPED,
    RestoreJournal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap_pair import sibling_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore import journal as journals
from sample_cluster import sample_cluster


def made(directory: Path, *, os_user: str = "") -> RestoreJournal:
    me = os_user or pwd.getpwuid(os.geteuid()).pw_name
    data = str(directory / "data")
    return RestoreJournal(
        phase=SWAPPED,
        source=sample_cluster(data, os_user=me),
        in_place=True,
        directory=data,
        port=5432,
        pairs=(sibling_pair(data),),
        was_running=True,
        plan={"cluster": "db1"},
        staged={},
        earlier_auto="",
        hot_standby=True,
        started="2026-09-15T12:30:00.000000Z",
    )


def test_journal_lies_beside_what_the_data_directory_links_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert journals.journal_path(str(tmp_path / "link")) == f"{tmp_path}/real.pitr-journal.json"
    # In the middle of a swap the directory itself is away.
    assert journals.journal_path(str(tmp_path / "away")) == f"{tmp_path}/away.pitr-journal.json"


def test_journal_is_written_read_and_removed(tmp_path: Path) -> None:
    journal = made(tmp_path)
    assert journals.read_journal(journal.directory) is None
    journals.write_journal(journal)
    assert journals.read_journal(journal.directory) == journal
    journals.remove_journal(journal.directory)
    journals.remove_journal(journal.directory)
    assert os.listdir(tmp_path) == []


def test_interrupted_restore_is_found_by_its_cluster_without_a_data_directory(tmp_path: Path) -> None:
    journals.write_journal(made(tmp_path))
    (tmp_path / "other").mkdir()
    finished = made(tmp_path / "other")
    journals.write_journal(finished.at(PROMOTED))
    patterns = [f"{tmp_path}/*", f"{tmp_path}/*/*"]

    assert journals.find_unfinished("db1", patterns=patterns) == made(tmp_path)
    assert journals.find_unfinished("db2", patterns=patterns) is None
    journals.write_journal(finished)
    assert journals.find_unfinished("db1", patterns=patterns) is None, "of two, neither is meant for sure"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda journal: replace(journal, source=replace(journal.source, os_user="root")), id="another user"
        ),
        pytest.param(lambda journal: replace(journal, pairs=(sibling_pair("/etc/passwd"),)), id="a place of root's"),
    ],
)
def test_root_follows_no_journal_of_a_user_beyond_that_users_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change
) -> None:
    owner = pwd.getpwnam("nobody")
    real = os.stat

    def stat(path, **options):
        found = real(path, **options)
        if str(path).startswith(str(tmp_path)):
            return os.stat_result((*found[:4], owner.pw_uid, *found[5:10]))
        return found

    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "stat", stat)
    journal = made(tmp_path, os_user="nobody")
    journals.write_journal(journal)
    assert journals.read_journal(journal.directory) == journal

    journals.write_journal(change(journal))
    with pytest.raises(Refused) as caught:
        journals.read_journal(journal.directory)
    assert caught.value.code == "journal-foreign"
