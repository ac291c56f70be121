# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of archiving: what the server says about it, and what the repository has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ..._core.archiving.archive_lag import WalPosition
from ..._core.archiving.archiver_stats import ArchiverStats
from ..._core.archiving.held_wal import HeldWal
from ..._core.archiving.wanted_settings import archiving_is_active
from ..._core.errors import Damaged, Missing, Refused
from ..._core.repository.layout import is_encrypted
from ..._core.wal.listing import StoredWal
from ..._io.encryption.encrypted_file import check_stored
from ..._io.host.scratch import scratch_directory
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.sql.held_wal import held_wal
from ..._io.sql.server import Server
from ..._io.wal.lookup import find_stored

_SETTINGS = ("archive_mode", "archive_command", "archive_timeout", "wal_level", "summarize_wal")


@dataclass(frozen=True)
class ServerState:
    """What a running server says about its archiving.

    ``settings`` are those in force that concern it, ``is_active`` says whether it archives at all, and ``insert`` is
    where it writes (``None`` on a standby). ``held`` has what keeps WAL.
    """

    stats: ArchiverStats
    settings: Mapping[str, str]
    is_active: bool
    insert: WalPosition | None
    held: HeldWal

    @property
    def switch_seconds(self) -> int | None:
        """After how many seconds at most a segment with changes is finished; ``None``: however long that takes."""
        seconds = int(self.settings.get("archive_timeout", "0"))
        return seconds if seconds and self.is_active else None


@dataclass(frozen=True)
class DamagedFile:
    """A stored file that a recovery could not use, and why."""

    name: str
    code: str
    message: str


@dataclass(frozen=True)
class StoredState:
    """What the repository has of a cluster; ``damaged`` is ``None`` when the files were not read."""

    wal: StoredWal
    damaged: tuple[DamagedFile, ...] | None


def server_state(server: Server, *, in_recovery: bool) -> ServerState:
    """Ask the server."""
    in_force = server.settings()
    return ServerState(
        server.archiver_stats(),
        settings={name: in_force[name].value for name in _SETTINGS if name in in_force},
        is_active=archiving_is_active(in_force),
        insert=None if in_recovery else WalPosition(server.timeline(), server.insert_lsn()),
        held=held_wal(server),
    )


def stored_state(folder: ClusterFolder, *, check_files: bool) -> StoredState:
    """List the repository; with ``check_files`` every file is read as a recovery would."""
    return StoredState(folder.stored_wal(), _damaged_files(folder) if check_files else None)


def _damaged_files(folder: ClusterFolder) -> tuple[DamagedFile, ...]:
    found = []
    needed_bytes = 2 * folder.identity().segment_size.size_bytes
    with scratch_directory("pgpitr-status-", needed_bytes=needed_bytes) as scratch:
        for name in folder.wal_names():
            target = f"{scratch}/{name}"
            try:
                _read(folder, name, target=target)
            except (Damaged, Missing, Refused) as error:
                found.append(DamagedFile(name, error.code, error.message))
            if os.path.exists(target):
                os.unlink(target)
    return tuple(found)


def _read(folder: ClusterFolder, name: str, *, target: str) -> None:
    """Read a file as a recovery would; what is encrypted as far as that goes without the identity."""
    key = find_stored(folder.storage, name=name)
    if key is not None and is_encrypted(key):
        check_stored(folder.storage, key)
    else:
        folder.fetch_wal(name, target)


__all__ = ("DamagedFile", "ServerState", "StoredState", "server_state", "stored_state")
