# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a stored backup, wherever its storage is."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager

from ..._core.catalogue.record import Backup
from ..._core.repository.layout import backup_folder, is_encrypted, manifest_key
from ..encryption.age import DecryptedReading
from ..host.scratch import scratch_directory
from ..repository.cluster_folder import ClusterFolder
from ..stream.tar_stream import Opened, read_opened


def archive_pieces(folder: ClusterFolder, backup: Backup, *, name: str) -> Generator[memoryview, None, None]:
    """The decompressed content of an archive, in pieces that are only valid until the next one is asked for.

    Raises Damaged (``archive-damaged``, ``encrypted-damaged``), Missing (``not-stored``), Unavailable
    (``program-missing``, ``identity-missing``, …), InvalidInput (``identity-wrong``), OSError.
    """
    key = f"{backup_folder(backup.label)}/{name}"
    path = folder.storage.address(key)

    def opened() -> AbstractContextManager[Opened]:
        reading = folder.storage.read(key)
        return DecryptedReading(reading, path=path, identity=folder.age_identity) if is_encrypted(key) else reading

    return read_opened(opened, path=path, compression=backup.compression)


@contextmanager
def manifest_file(folder: ClusterFolder, label: str) -> Iterator[str]:
    """The manifest as a file of this host, for programs of PostgreSQL. Raises Missing (``not-stored``), Unavailable."""
    directory = folder.storage.local_directory(backup_folder(label))
    if directory is not None:
        yield f"{directory}/{os.path.basename(manifest_key(label))}"
        return
    with scratch_directory("pgpitr-manifest-") as scratch, folder.storage.read(manifest_key(label)) as reading:
        path = f"{scratch}/{os.path.basename(manifest_key(label))}"
        with open(path, "wb") as file:
            for piece in reading:
                file.write(piece)
        yield path


__all__ = ("archive_pieces", "manifest_file")
