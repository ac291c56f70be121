# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storing WAL files of the server in whose data directory this runs, after it has proved to be one that may."""

from __future__ import annotations

import os

from ..wal.lookup import stat_stored
from ..wal.store import store_wal_file
from .cluster_json import read_cluster_document
from .writers import check_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..storage.port import Storage
    from ..wal.archived_marks import ArchivedMarks, Claim


class Push:
    """Files of the current directory's server on their way to ``storage``, whose cluster.json is ``document``."""

    def __init__(
        self, storage: Storage, *, document: dict[str, Any], compression: str, recipients: tuple[str, ...] = ()
    ) -> None:
        self._storage = storage
        self._document = document
        self._compression = compression
        self._recipients = recipients

    def store(self, source_path: str, *, before_named: Callable[[], None] | None = None) -> None:
        """Store the file, on disk for certain when this returns; see :func:`store_wal_file`."""
        store_wal_file(
            self._storage,
            name=os.path.basename(source_path),
            source_path=source_path,
            document=self._document,
            compression=self._compression,
            recipients=self._recipients,
            before_named=before_named,
        )

    def settle(self, marks: ArchivedMarks, claim: Claim, *, name: str, identity: str | None) -> None:
        """Write down that the segment is stored, which was this file before; where that fails nobody relies on it."""
        found = stat_stored(self._storage, name=name)
        if found is None:
            return
        key, stat = found
        try:
            marks.settle(claim, name, identity=identity, key=key, version=stat[2])
        except OSError:
            # The disk of pg_wal is full. What is half written counts for nothing.
            return


def new_push(storage: Storage, *, config: dict[str, str]) -> Push:
    """What stores files by this configuration; raises what keeps this server from it."""
    if config["repository_mount_point"]:
        from ..storage.mount import check_mounted

        check_mounted(config["repository_mount_point"])
    document = read_cluster_document(storage)
    # PostgreSQL runs the command in its data directory; the kernel's name for it has no links in it.
    check_writer(document, data_directory=os.getcwd())
    recipients: tuple[str, ...] = ()
    if config["repository_age_recipients"]:
        from ..._core.encryption.age_keys import parse_recipients

        recipients = parse_recipients(config["repository_age_recipients"])
    return Push(storage, document=document, compression=config["compression"] or "auto", recipients=recipients)


__all__ = ("Push", "new_push")
