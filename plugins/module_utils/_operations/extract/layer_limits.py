# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many links of a chain are put together while they are written, and what waits meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

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
    return links[: sum(1 for _blocks in _layers(links, manifests))]


def waiting_bytes(links: Sequence[Backup], manifests: Manifests) -> dict[int | None, int]:
    """How much of a chain waits at most for the whole files, by tablespace; ``None``: of the data directory."""
    found: Counter[int | None] = Counter()
    for blocks in _layers(links, manifests):
        found.update(blocks)
    return dict(found)


def _layers(links: Sequence[Backup], manifests: Manifests) -> Iterator[Counter[int | None]]:
    """For each link that can be kept the bytes of its blocks, by tablespace; the full backup has none."""
    total_bytes = total_files = 0
    for number, link in enumerate(links):
        manifest = manifests.of(link.label)
        blocks: Counter[int | None] = Counter()
        for path, file in manifest.files.rows() if number else ():
            if relation_path(path):
                blocks[tablespace_of(path)] += file.size_bytes
        total_files += len(manifest.files)
        total_bytes += sum(blocks.values())
        if total_files > _MOST_FILES or total_bytes > _MOST_BLOCK_BYTES or not can_compute(manifest.algorithm):
            return
        yield blocks


__all__ = ("layered_links", "waiting_bytes")
