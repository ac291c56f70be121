# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of a restore as a file beside the data directory."""

from __future__ import annotations

import glob
import os
import pwd
from collections.abc import Iterable
from dataclasses import dataclass

from ..._core.errors import Refused
from ..._core.restore.journal import RestoreJournal
from ..._io.host.effective_user import as_root
from ..._io.host.files import fsync_directory, write_durably

_SUFFIX = ".pitr-journal.json"
_USUAL_PLACES = ("/var/lib/postgresql/*/*", "/var/lib/pgsql/*/*")


@dataclass(frozen=True)
class FoundJournal:
    """What lay beside a data directory when it was read: the journal, ``None`` where there is none.

    ``version`` changes with every writing of the file, and is ``None`` without one.
    """

    path: str
    journal: RestoreJournal | None
    version: tuple[int, ...] | None

    @property
    def is_current(self) -> bool:
        """Whether nobody has written or removed the file since."""
        with as_root():
            try:
                return _version(os.stat(self.path)) == self.version
            except FileNotFoundError:
                return self.version is None


def journal_path(data_directory: str) -> str:
    """Where the journal of the restore of this data directory lies."""
    return os.path.realpath(data_directory) + _SUFFIX


def find_journal(data_directory: str) -> FoundJournal:
    """The journal of this data directory, if there is one.

    Raises Damaged (``journal-damaged``), Refused (``journal-foreign``) for one that root must not follow.
    """
    return _read(journal_path(data_directory))


def find_unfinished(name: str, *, patterns: Iterable[str] = _USUAL_PLACES) -> FoundJournal | None:
    """The interrupted restore of the cluster with this name, where distributions keep data directories.

    In the middle of a swap a cluster has no data directory, and nothing else would lead to it. ``None`` when there is
    none, or more than one.
    """
    paths = [path for pattern in patterns for path in glob.glob(pattern + _SUFFIX)]
    mine = [found for found in map(_read, paths) if _is_unfinished(found.journal, name=name)]
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


def _is_unfinished(journal: RestoreJournal | None, *, name: str) -> bool:
    return journal is not None and not journal.is_finished and journal.plan.cluster == name


def _read(path: str) -> FoundJournal:
    with as_root():
        try:
            with open(path, "rb") as stream:
                status, content = os.fstat(stream.fileno()), stream.read()
        except FileNotFoundError:
            return FoundJournal(path, None, None)
        journal = RestoreJournal.parse(content.decode("utf-8", "surrogateescape"))
    if os.getuid() == 0 and status.st_uid != 0:
        _check_owner(journal, path=path, owner=status.st_uid)
    return FoundJournal(path, journal, _version(status))


def _version(status: os.stat_result) -> tuple[int, ...]:
    # Each writing makes a new file and gives it the name.
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


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


__all__ = ("FoundJournal", "find_journal", "find_unfinished", "journal_path", "remove_journal", "write_journal")
