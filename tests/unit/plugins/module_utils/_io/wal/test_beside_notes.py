# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.archived_marks import ArchivedMarks
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.beside_notes import BesideNotes, failed_lately


def test_notes_are_those_of_one_configuration(tmp_path: Path) -> None:
    notes = BesideNotes(str(tmp_path), name="far", origin="here")
    assert notes.known() == set()
    lock = notes.lock()
    notes.write(lock, ["a", "b"])
    notes.write(lock, ["c"])
    os.close(lock)
    assert notes.known() == {"c"}
    assert BesideNotes(str(tmp_path), name="far", origin="there").known() == set()
    assert BesideNotes(str(tmp_path), name="further", origin="here").known() == set()


def test_one_process_at_a_time_and_who_prunes_marks_leaves_notes(tmp_path: Path) -> None:
    notes = BesideNotes(str(tmp_path), name="far", origin="here")
    lock = notes.lock()
    assert notes.lock() == -1
    notes.write(lock, ["a"])
    os.close(lock)
    ArchivedMarks(str(tmp_path), origin="here").prune([])
    assert notes.known() == {"a"}


@pytest.mark.parametrize("text", ["", "here", "here\na", "here\n\xff"])
def test_notes_that_were_cut_off_name_nothing(text: str, tmp_path: Path) -> None:
    notes = BesideNotes(str(tmp_path), name="far", origin="here")
    os.close(notes.lock())
    (path,) = (tmp_path / "pgpitr_ahead").iterdir()
    path.write_bytes(text.encode("latin-1"))
    assert notes.known() == set()


def test_a_failure_is_late_after_a_while(tmp_path: Path) -> None:
    path = tmp_path / "failure"
    assert not failed_lately(str(path), seconds=30)
    path.touch()
    assert failed_lately(str(path), seconds=30)
    os.utime(path, (1, 1))
    assert not failed_lately(str(path), seconds=30)
