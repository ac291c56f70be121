# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of one directory that are made of a whole file and of blocks of newer backups, which are read side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..._core.backup.block_layers import BlockLayer, layered_file
from ..._core.errors import Damaged
from ..._core.postgres.relation_layout import RelationLayout
from .block_spool import BlockSpool
from .blocks import Blocks
from .kept_blocks import KeptBlocks
from .overlay import LayerBlocks, Overlay, layer_offset
from .turns import Turns


@dataclass(frozen=True)
class Layer:
    """An incremental backup of a chain: what it keeps of its parent's files, and the failure for damage in it."""

    kept_blocks: Callable[[RelationLayout], KeptBlocks]
    damaged: Callable[[str], Damaged]


class LayeredFiles:
    """Whose blocks are there, and whose whole file.

    Backups are numbered from the newest, 0, as in ``layers``, which has all but the full one. ``depths`` says how many
    backups have a path in blocks, before one has it whole. What the newest one lacks is no file any more. Blocks lie in
    a file without a name in ``directory`` until the whole file has got them.
    """

    def __init__(self, directory: str, *, layers: Sequence[Layer], depths: Mapping[str, int], turns: Turns) -> None:
        self._spool = BlockSpool(directory)
        self._layers = layers
        self._depths = depths
        self._turns = turns
        self._found: dict[tuple[str, int], Blocks] = {}
        self._taken: set[str] = set()

    def close(self) -> None:
        """Free what was kept."""
        self._spool.close()

    def blocks(self, path: str, size_bytes: int, *, link: int) -> Blocks | None:
        """An incremental file that begins; ``None``: it is not part of the result. Raises NotWhole."""
        if link >= self._depths.get(path, 0):
            return None
        found = self._found[path, link] = Blocks(self._spool, turns=self._turns, link=link, size_bytes=size_bytes)
        self._turns.tell(link)
        return found

    def check(self) -> None:
        """Raise NotWhole when another link has failed."""
        self._turns.check()

    def is_below(self, path: str, *, link: int) -> bool:
        """Whether the link has the whole file of those that newer ones have in blocks."""
        return self._depths.get(path) == link

    def take(self, path: str, *, layout: Callable[[], RelationLayout], piece_bytes: int) -> Overlay:
        """What comes over the whole file at the path, as soon as it is known.

        Raises what the layers make of damage, NotWhole.
        """
        links = range(self._depths[path])
        self._turns.wait_for(lambda: [link for link in links if not self._has_header(path, link)])
        self._taken.add(path)
        known = layout()
        layers = [self._layer(path, link, layout=known) for link in links]
        return Overlay(
            layered_file([each.layer for each in layers], block_size_bytes=known.block_size_bytes),
            layers=layers,
            spool=self._spool,
            turns=self._turns,
            block_size_bytes=known.block_size_bytes,
            piece_bytes=piece_bytes,
        )

    def first_missing(self) -> tuple[int, str] | None:
        """When all links were read: the link and the path of a whole file that did not come."""
        missing = min(self._depths.keys() - self._taken, default=None)
        return None if missing is None else (self._depths[missing], missing)

    def _has_header(self, path: str, link: int) -> bool:
        """Whether it is there. Raises what the layer makes of a backup without it."""
        has_ended = self._turns.has_ended(link)
        found = self._found.get((path, link))
        if found is None and has_ended:
            raise self._layers[link].damaged(f"its archive lacks the incremental file for '{path}'")
        return found is not None and found.has_header

    def _layer(self, path: str, link: int, *, layout: RelationLayout) -> LayerBlocks:
        layer, blocks = self._layers[link], self._found.pop((path, link))
        try:
            start = blocks.start
            header_bytes = start.header_bytes(block_size_bytes=layout.block_size_bytes)
            if blocks.size_bytes != header_bytes + start.block_count * layout.block_size_bytes:
                raise Damaged(
                    f"the incremental file for '{path}' has {blocks.size_bytes} bytes, "
                    f"and names {start.block_count} blocks",
                    code="archive-damaged",
                    hint="Restore from another backup.",
                )
            return LayerBlocks(
                blocks,
                BlockLayer.of(
                    start,
                    blocks.numbers,
                    segment_blocks=layout.segment_blocks,
                    kept_blocks=layer.kept_blocks(layout)(path),
                    offset=layer_offset(link, header_bytes),
                ),
            )
        except Damaged as error:
            raise layer.damaged(error.message) from error


__all__ = ("Layer", "LayeredFiles")
