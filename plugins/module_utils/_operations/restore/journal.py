# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of a restore as a file beside the data directory."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from dataclasses import dataclass

from ..._core.errors import Refused, Unavailable
from ..._core.restore.journal import RestoreJournal
from ..._io.privilege.account import uid_of
from .sibling_file import read_sibling, remove_sibling, sibling_path, write_sibling

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
        try:
            return _version(os.lstat(self.path)) == self.version
        except FileNotFoundError:
            return self.version is None


def journal_path(data_directory: str) -> str:
    """Where the journal of the restore of this data directory lies."""
    return sibling_path(data_directory, _SUFFIX)


def find_journal(data_directory: str) -> FoundJournal:
    """The journal of this data directory, if there is one.

    Raises Damaged (``journal-damaged``, ``file-not-regular``, ``file-too-large``), Unavailable
    (``journal-not-readable``), Refused (``journal-foreign``) for one of another user's cluster.
    """
    return _read(journal_path(data_directory))


def find_unfinished(name: str, *, patterns: Iterable[str] = _USUAL_PLACES) -> FoundJournal | None:
    """The interrupted restore of the cluster with this name, where distributions keep data directories.

    In the middle of a swap a cluster has no data directory, and nothing else would lead to it. ``None`` when there is
    none, or more than one.
    """
    paths = [path for pattern in patterns for path in glob.glob(pattern + _SUFFIX)]
    mine = [found for found in map(_readable, paths) if found and _is_unfinished(found.journal, name=name)]
    return mine[0] if len(mine) == 1 else None


def write_journal(journal: RestoreJournal) -> None:
    """Write it durably, readable by this user alone. Raises Unavailable (``write-failed``), Refused."""
    write_sibling(journal_path(journal.directory), str(journal))


def remove_journal(data_directory: str) -> None:
    """Remove it durably; nothing happens when there is none."""
    remove_sibling(journal_path(data_directory))


def _is_unfinished(journal: RestoreJournal | None, *, name: str) -> bool:
    return journal is not None and not journal.is_finished and journal.plan.cluster == name


def _readable(path: str) -> FoundJournal | None:
    """``None`` for one that is another user's."""
    try:
        return _read(path)
    except (Refused, Unavailable):
        return None


def _read(path: str) -> FoundJournal:
    try:
        found = read_sibling(path)
    except FileNotFoundError:
        found = None
    except OSError as error:
        raise Unavailable(
            f"cannot read the journal '{path}': {error.strerror}",
            code="journal-not-readable",
            hint="It must be a file of the user that PostgreSQL runs as: if it is right, give it to that user.",
        ) from error
    if found is None:
        return FoundJournal(path, None, None)
    journal = RestoreJournal.parse(found.text)
    _check_user(journal, path=path)
    return FoundJournal(path, journal, _version(found.status))


def _version(status: os.stat_result) -> tuple[int, ...]:
    # Each writing makes a new file and gives it the name.
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _check_user(journal: RestoreJournal, *, path: str) -> None:
    """A journal is followed with the rights of the cluster's user alone, and not with another's."""
    if os.geteuid() != uid_of(journal.source.os_user):
        raise Refused(
            f"'{path}' is the journal of a cluster of '{journal.source.os_user}', and this works as user id"
            f" {os.geteuid()}",
            code="journal-foreign",
            hint="Run with 'become: true' (root) and 'pitr_cluster_os_user', or log in as that user.",
        )


__all__ = ("FoundJournal", "find_journal", "find_unfinished", "journal_path", "remove_journal", "write_journal")
