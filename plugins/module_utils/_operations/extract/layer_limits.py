# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many links of a chain are put together while they are written, and what waits meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from ..._core.backup.incremental_file import relation_path
from ..._core.catalogue.record import Backup
from ..._core.catalogue.tar_names import tablespace_of
from ..._io.stream.checksum import can_compute
from .manifests import Manifests

# What most hosts keep in memory meanwhile. A file of a link takes some 300 bytes until all are read.
_MOST_BLOCK_BYTES = 2 << 30
_MOST_FILES = 300_000


def layered_links(links: Sequence[Backup], manifests: Manifests) -> Sequence[Backup]:
    """The full backup and those that follow it of which little enough has to be kept. Raises Damaged."""
    total_bytes = total_files = 0
    for count, link in enumerate(links):
        manifest = manifests.of(link.label)
        total_files += len(manifest.files)
        if count:
            total_bytes += sum(file.size_bytes for path, file in manifest.files.rows() if relation_path(path))
        if total_files > _MOST_FILES or total_bytes > _MOST_BLOCK_BYTES or not can_compute(manifest.algorithm):
            return links[:count]
    return links


def waiting_bytes(links: Sequence[Backup], manifests: Manifests) -> dict[int | None, int]:
    """How much of a chain waits at most for the whole files, by tablespace; ``None``: of the data directory."""
    found: dict[int | None, int] = {}
    for link in layered_links(links, manifests)[1:]:
        for path, file in manifests.of(link.label).files.rows():
            if relation_path(path):
                oid = tablespace_of(path)
                found[oid] = found.get(oid, 0) + file.size_bytes
    return found


__all__ = ("layered_links", "waiting_bytes")
