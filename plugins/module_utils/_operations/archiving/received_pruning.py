# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing received WAL that is archived: ``pg_receivewal`` itself never removes anything."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..._core.archiving.received_files import removable_segments
from ..._core.errors import Damaged, InvalidInput, Missing, Refused
from ..._core.wal.listing import StoredWal
from ..._io.host.files import fsync_descriptor, open_regular
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.cluster_json import read_cluster_document
from ..._io.wal.stored_content import has_content
from ..._io.wal.wal_file_check import check_content


@dataclass
class PruneOutcome:
    """The names of the removed segments and their size; how many stay because a repository lacks them, and what is
    wrong with others, which stay, too."""

    removed: list[str] = field(default_factory=list)
    size_bytes: int = 0
    waiting: int = 0
    problems: list[str] = field(default_factory=list)


class ReceivedPruning:
    """Removes from a directory of ``pg_receivewal`` each whole segment that all of ``folders`` have.

    What is stored is read back and compared byte by byte first. The newest segment, partial ones and histories stay.
    ``data_directory`` is that of the cluster, where this is its host.
    """

    def __init__(self, directory: str, folders: Sequence[ClusterFolder], *, data_directory: str | None) -> None:
        self._directory = directory
        self._folders = tuple(folders)
        self._data_directory = data_directory
        self._documents: list[dict[str, Any]] = []

    def run(self, *, is_rehearsal: bool = False) -> PruneOutcome:
        """Remove them; a rehearsal compares and removes nothing.

        Raises InvalidInput (``received-directory-invalid``), and Unavailable where a repository is away.
        """
        directory = open_received_directory(self._directory)
        try:
            return self._run(directory, is_rehearsal=is_rehearsal)
        finally:
            os.close(directory)

    def _run(self, directory: int, *, is_rehearsal: bool) -> PruneOutcome:
        outcome = PruneOutcome()
        listings = [folder.stored_wal() for folder in self._folders]
        self._documents = [read_cluster_document(folder.storage) for folder in self._folders]
        for name in removable_segments(os.listdir(directory)):
            if not _all_have(listings, name):
                outcome.waiting += 1
                continue
            try:
                size_bytes = self._remove(name, directory=directory, is_rehearsal=is_rehearsal)
            except (Damaged, Missing, Refused) as error:
                outcome.problems.append(f"{name} stays: {error.message}")
                continue
            outcome.removed.append(name)
            outcome.size_bytes += size_bytes
        if outcome.removed and not is_rehearsal:
            fsync_descriptor(directory)
        return outcome

    def _remove(self, name: str, *, directory: int, is_rehearsal: bool) -> int:
        """Remove the segment after the comparison; its size in bytes."""
        path = f"{self._directory}/{name}"
        source = open_regular(path, inside=directory)
        try:
            for folder, document in zip(self._folders, self._documents):
                self._compare(folder, document, name=name, source=source)
            facts = os.fstat(source)
            there = os.lstat(name, dir_fd=directory)
            if (there.st_dev, there.st_ino, there.st_size) != (facts.st_dev, facts.st_ino, facts.st_size):
                raise Refused(
                    f"'{path}' was replaced while it was compared, or is a link",
                    code="received-changed",
                    hint="Only 'pg_receivewal' may write there; the next run looks at it again.",
                )
            if not is_rehearsal:
                os.unlink(name, dir_fd=directory)
            return facts.st_size
        finally:
            os.close(source)

    def _compare(self, folder: ClusterFolder, document: dict[str, Any], *, name: str, source: int) -> None:
        check_content(source, name=name, document=document)
        if not has_content(
            folder.storage, name=name, source=source, document=document, data_directory=self._data_directory
        ):
            raise Refused(
                f"'{folder.path}' has another content under this name",
                code="segment-differs",
                hint="Find out which of the two is right before either is removed.",
            )


def open_received_directory(directory: str) -> int:
    """A descriptor of what can be a directory of ``pg_receivewal``, and is none that a server works in.

    All is done by it: another directory that is put in its place, as that of a server's WAL, is not worked in. Raises
    InvalidInput (``received-directory-invalid``).
    """
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _invalid(f"'{directory}' is not a directory that exists") from error
    if {"archive_status", "PG_VERSION"} & {*os.listdir(descriptor)}:
        os.close(descriptor)
        raise _invalid(f"'{directory}' is a directory of a PostgreSQL server, whose WAL only the server removes")
    return descriptor


def _all_have(listings: Sequence[StoredWal], name: str) -> bool:
    return bool(listings) and all(stored.has(name) for stored in listings)


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(
        message,
        code="received-directory-invalid",
        hint="Name the directory in which 'pg_receivewal' keeps what it receives of this cluster.",
    )


__all__ = ("PruneOutcome", "ReceivedPruning")
