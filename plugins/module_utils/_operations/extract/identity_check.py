# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the identity that is given decrypts what a planned restore is going to read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

from ..._core.repository.layout import is_encrypted
from ..._core.restore.replay import Replay
from ..._core.wal.segment import Segment
from ..._io.catalogue.stored_archive import archive_pieces
from ..._io.encryption.age import DecryptedReading
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.wal.lookup import find_stored


def check_identity(folder: ClusterFolder, replay: Replay) -> None:
    """Return when it begins to decrypt each backup of the chain, and the first and the last segment of each timeline.

    Recipients may have changed between any two. Raises Unavailable (``identity-missing``, ``program-missing``),
    InvalidInput (``identity-wrong``), Damaged (``encrypted-damaged``).
    """
    for backup in replay.chain.links:
        if backup.is_encrypted:
            with closing(archive_pieces(folder, backup, name=f"base{backup.tar_suffix}")) as pieces:
                next(pieces, None)
    for name in _segments(replay):
        key = find_stored(folder.storage, name=name)
        if key is not None and is_encrypted(key):
            address = folder.storage.address(key)
            with DecryptedReading(folder.storage.read(key), path=address, identity=folder.age_identity) as reading:
                os.read(reading.descriptor, 1)


def _segments(replay: Replay) -> Iterator[str]:
    size = replay.stop.backup.segment_size
    for part in replay.wal:
        for number in sorted({part.first, part.end - 1}):
            name = str(Segment(part.timeline, number, size))
            if name not in replay.from_live:
                yield name


__all__ = ("check_identity",)
