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
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import PROMOTED, RestoreJournal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap_pair import sibling_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore import journal as journals
from sample_cluster import sample_cluster
from sample_plan import sample_journal


def made(directory: Path, *, os_user: str = "") -> RestoreJournal:
    me = os_user or pwd.getpwuid(os.geteuid()).pw_name
    return sample_journal(sample_cluster(str(directory / "data"), os_user=me))


def test_journal_lies_beside_what_the_data_directory_links_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert journals.journal_path(str(tmp_path / "link")) == f"{tmp_path}/real.pitr-journal.json"
    # In the middle of a swap the directory itself is away.
    assert journals.journal_path(str(tmp_path / "away")) == f"{tmp_path}/away.pitr-journal.json"


def test_journal_is_written_read_and_removed(tmp_path: Path) -> None:
    journal = made(tmp_path)
    assert journals.find_journal(journal.directory).journal is None
    journals.write_journal(journal)
    assert journals.find_journal(journal.directory).journal == journal
    journals.remove_journal(journal.directory)
    journals.remove_journal(journal.directory)
    assert os.listdir(tmp_path) == []


def test_journal_that_was_written_again_or_removed_is_not_current(tmp_path: Path) -> None:
    journal = made(tmp_path)
    nothing = journals.find_journal(journal.directory)
    assert nothing.is_current
    journals.write_journal(journal)
    written = journals.find_journal(journal.directory)
    assert (nothing.is_current, written.is_current) == (False, True)
    journals.write_journal(journal)
    assert not written.is_current
    again = journals.find_journal(journal.directory)
    journals.remove_journal(journal.directory)
    assert (again.is_current, nothing.is_current) == (False, True)


def test_interrupted_restore_is_found_by_its_cluster_without_a_data_directory(tmp_path: Path) -> None:
    journals.write_journal(made(tmp_path))
    (tmp_path / "other").mkdir()
    finished = made(tmp_path / "other")
    journals.write_journal(finished.at(PROMOTED))
    patterns = [f"{tmp_path}/*", f"{tmp_path}/*/*"]

    found = journals.find_unfinished("db1", patterns=patterns)
    assert found is not None and found.journal == made(tmp_path)
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
    real, fstat = os.stat, os.fstat

    def owned(found: os.stat_result) -> os.stat_result:
        return os.stat_result((*found[:4], owner.pw_uid, *found[5:10]), {"st_mtime_ns": found.st_mtime_ns})

    def stat(path, **options):
        found = real(path, **options)
        return owned(found) if str(path).startswith(str(tmp_path)) else found

    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.setattr(os, "fstat", lambda descriptor: owned(fstat(descriptor)))
    journal = made(tmp_path, os_user="nobody")
    journals.write_journal(journal)
    assert journals.find_journal(journal.directory).journal == journal

    journals.write_journal(change(journal))
    with pytest.raises(Refused) as caught:
        journals.find_journal(journal.directory)
    assert caught.value.code == "journal-foreign"
