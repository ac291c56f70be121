# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains of backups of made-up files that grow, shrink, change, come and go."""

from __future__ import annotations

import random
import struct
from collections.abc import Mapping
from pathlib import Path

BLOCK = 8192


def incremental(blocks: Mapping[int, bytes], *, truncation: int) -> bytes:
    header = struct.pack(f"=III{len(blocks)}I", 0xD3AE1F0D, len(blocks), truncation, *blocks)
    padding = bytes(-len(header) % BLOCK if blocks else 0)
    return header + padding + b"".join(blocks.values())


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    """Each file's mode and content, and each directory's mode."""
    return {
        str(path.relative_to(root)): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in root.rglob("*")
    }


class Relation:
    """A file that grows, shrinks and changes, and what each backup has of it."""

    def __init__(self, chance: random.Random, *, most_blocks: int) -> None:
        self._chance = chance
        self._most_blocks = most_blocks
        self.blocks = chance.randint(0, most_blocks)

    def whole(self) -> bytes:
        return self._chance.randbytes(self.blocks * BLOCK)

    def changed(self) -> tuple[bytes, int | None]:
        """An incremental file, and how many blocks of the older one are known to be kept."""
        truncation = self._chance.randint(0, self._most_blocks)
        count = self._chance.choice([0, 0, self._chance.randint(0, self._most_blocks // 3)])
        numbers = sorted(self._chance.sample(range(self._most_blocks), count))
        blocks = {number: self._chance.randbytes(BLOCK) for number in numbers}
        kept = self._chance.choice([None, None, self._chance.randint(0, self._most_blocks)])
        return incremental(blocks, truncation=truncation), kept


def chain(
    chance: random.Random, *, most_blocks: int, count: int = 3
) -> tuple[list[dict[str, bytes]], list[dict[str, int]]]:
    """A full backup and so many incremental ones of files that are changed, written anew, made and removed."""
    relations = {f"base/5/{number}": Relation(chance, most_blocks=most_blocks) for number in range(1000, 1006)}
    links, kept = [{path: relation.whole() for path, relation in relations.items()}], [dict[str, int]()]
    for _link in range(count):
        files: dict[str, bytes] = {}
        keeps: dict[str, int] = {}
        before = {path.replace("INCREMENTAL.", "") for path in links[-1]}
        for path, relation in relations.items():
            deed = chance.choice(["blocks", "blocks", "blocks", "whole", "gone"])
            if deed == "blocks" and path in before:
                content, known = relation.changed()
                files[path.replace("5/", "5/INCREMENTAL.")] = content
                keeps |= {path: known} if known is not None else {}
            elif deed != "gone":
                files[path] = relation.whole()
        files["PG_VERSION"] = b"18\n"
        links.append(files)
        kept.append(keeps)
    return links, kept


__all__ = ("BLOCK", "chain", "incremental", "tree")
