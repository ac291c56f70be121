# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the journal lies, and whose journal is followed."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Refused, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import PROMOTED, RestoreJournal
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


def test_journal_of_another_users_cluster_is_refused(tmp_path: Path) -> None:
    """What it says is done with this user's rights, and never with another's."""
    journals.write_journal(made(tmp_path, os_user="nobody"))
    with pytest.raises(Refused) as caught:
        journals.find_journal(made(tmp_path).directory)
    assert caught.value.code == "journal-foreign"
    assert journals.find_unfinished("db1", patterns=[f"{tmp_path}/*"]) is None


def test_what_is_no_file_is_no_journal(tmp_path: Path) -> None:
    """A FIFO would let the reader wait for ever, and a link leads to a file of somebody else's choice."""
    path = Path(journals.journal_path(made(tmp_path).directory))
    os.mkfifo(path)
    with pytest.raises(Damaged) as caught:
        journals.find_journal(made(tmp_path).directory)
    assert caught.value.code == "file-not-regular"
    (tmp_path / "elsewhere").mkdir()
    journals.write_journal(made(tmp_path / "elsewhere"))
    for target in ("/etc/passwd", journals.journal_path(made(tmp_path / "elsewhere").directory), "missing"):
        path.unlink()
        path.symlink_to(target)
        with pytest.raises(Unavailable) as refused:
            journals.find_journal(made(tmp_path).directory)
        assert refused.value.code == "journal-not-readable"


def test_journal_without_an_end_is_not_read(tmp_path: Path) -> None:
    path = Path(journals.journal_path(made(tmp_path).directory))
    path.touch()
    os.truncate(path, 1 << 40)
    with pytest.raises(Damaged) as caught:
        journals.find_journal(made(tmp_path).directory)
    assert caught.value.code == "file-too-large"


def test_journal_is_closed_to_others(tmp_path: Path) -> None:
    journals.write_journal(made(tmp_path))
    assert os.stat(journals.journal_path(made(tmp_path).directory)).st_mode & 0o777 == 0o600
