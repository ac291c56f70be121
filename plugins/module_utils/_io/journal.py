# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping the journal of a restore beside the data directory."""

from __future__ import annotations

import os

from .._core.restore_journal import RestoreJournal
from .files import fsync_directory, read_text, write_durably
from .sibling import as_owner_of_parent


def journal_path(data_directory: str) -> str:
    """Where the journal of the restore of this data directory lies."""
    return f"{os.path.realpath(data_directory)}.pitr-journal.json"


def read_journal(data_directory: str) -> RestoreJournal | None:
    """The journal, ``None`` when there is none. Raises Damaged (``journal-damaged``)."""
    with as_owner_of_parent(journal_path(data_directory)):
        text = read_text(journal_path(data_directory))
    return RestoreJournal.parse(text) if text is not None else None


def write_journal(journal: RestoreJournal) -> None:
    """Write it durably. Raises Unavailable (``write-failed``)."""
    path = journal_path(journal.directory)
    with as_owner_of_parent(path):
        write_durably(path, str(journal).encode())


def remove_journal(data_directory: str) -> None:
    """Remove it durably; nothing happens when there is none."""
    path = journal_path(data_directory)
    with as_owner_of_parent(path):
        if os.path.exists(path):
            os.unlink(path)
            fsync_directory(os.path.dirname(path))


__all__ = ("journal_path", "read_journal", "remove_journal", "write_journal")
