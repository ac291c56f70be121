# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping the journal of a restore beside the data directory."""

from __future__ import annotations

import glob
import os
import pwd
from collections.abc import Iterable

from ..._core.errors import Refused
from ..._core.restore.journal import RestoreJournal
from ..._io.host.effective_user import as_root
from ..._io.host.files import fsync_directory, read_text, write_durably

_SUFFIX = ".pitr-journal.json"
_USUAL_PLACES = ("/var/lib/postgresql/*/*", "/var/lib/pgsql/*/*")


def journal_path(data_directory: str) -> str:
    """Where the journal of the restore of this data directory lies."""
    return os.path.realpath(data_directory) + _SUFFIX


def read_journal(data_directory: str) -> RestoreJournal | None:
    """The journal, ``None`` when there is none.

    Raises Damaged (``journal-damaged``), Refused (``journal-foreign``) for one that root must not follow.
    """
    return _read(journal_path(data_directory))


def find_unfinished(name: str, *, patterns: Iterable[str] = _USUAL_PLACES) -> RestoreJournal | None:
    """The interrupted restore of the cluster with this name, where distributions keep data directories.

    In the middle of a swap a cluster has no data directory, and nothing else would lead to it. ``None`` when there is
    none, or more than one.
    """
    paths = [path for pattern in patterns for path in glob.glob(pattern + _SUFFIX)]
    found = [journal for journal in map(_read, paths) if journal is not None]
    mine = [journal for journal in found if not journal.is_finished and journal.plan.get("cluster") == name]
    return mine[0] if len(mine) == 1 else None


def write_journal(journal: RestoreJournal) -> None:
    """Write it durably. Raises Unavailable (``write-failed``).

    Where root runs the module the file is root's: what it says is later followed with root's rights.
    """
    with as_root():
        write_durably(journal_path(journal.directory), str(journal).encode(), mode=0o644)


def remove_journal(data_directory: str) -> None:
    """Remove it durably; nothing happens when there is none."""
    path = journal_path(data_directory)
    with as_root():
        if os.path.exists(path):
            os.unlink(path)
            fsync_directory(os.path.dirname(path))


def _read(path: str) -> RestoreJournal | None:
    with as_root():
        text = read_text(path)
        if text is None:
            return None
        journal = RestoreJournal.parse(text)
        owner = os.stat(path).st_uid
    if os.getuid() == 0 and owner != 0:
        _check_owner(journal, path=path, owner=owner)
    return journal


def _check_owner(journal: RestoreJournal, *, path: str, owner: int) -> None:
    """A journal that the cluster's user wrote may only ask for what that user could do without root."""
    parents = {os.path.dirname(place) for pair in journal.pairs for place in pair.paths}
    if _uid_of(journal.source.os_user) == owner and all(_may_write(owner, parent) for parent in parents):
        return
    raise Refused(
        f"'{path}' belongs to user id {owner} and asks for more than that user may do",
        code="journal-foreign",
        hint=f"Read it, and if it is right: chown root '{path}'.",
    )


def _uid_of(user: str) -> int | None:
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return None


def _may_write(uid: int, directory: str) -> bool:
    while not os.path.isdir(directory):
        directory = os.path.dirname(directory)
    status = os.stat(directory)
    return status.st_uid == uid and bool(status.st_mode & 0o200)


__all__ = ("find_unfinished", "journal_path", "read_journal", "remove_journal", "write_journal")
