# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which backups of a chain have a relation's file in blocks, by their manifests, before any of them is read."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence

from ..errors import Damaged
from .incremental_file import blocks_path, relation_path


def layer_depths(
    links: Sequence[Container[str]], *, paths: Iterable[str], damaged: Callable[[int, str], Damaged]
) -> dict[str, int]:
    """How many backups lie over the whole file of each relation, by path, which is that of the newest backup's blocks.

    ``links`` are the files of each backup, the newest first and the full one last, and ``paths`` all those of the
    newest. What is at fault with one of them is raised as ``damaged`` makes it of the link's number.
    """
    depths: dict[str, int] = {}
    for name in paths:
        path = relation_path(name)
        if path is not None:
            depths[path] = _depth(path, links, damaged=damaged)
    return depths


def _depth(path: str, links: Sequence[Container[str]], *, damaged: Callable[[int, str], Damaged]) -> int:
    blocks = blocks_path(path)
    for number, files in enumerate(links):
        # A full backup has no incremental files: whatever is called like one is its own.
        has_blocks = number < len(links) - 1 and blocks in files
        if path in files:
            if has_blocks:
                raise damaged(number, f"it has '{path}' twice, whole and in blocks")
            return number
        if not has_blocks:
            raise damaged(number, f"it has no file '{path}', of which a backup that builds on it has blocks")
    raise AssertionError("the full backup has no blocks")


__all__ = ("layer_depths",)
