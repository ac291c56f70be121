# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Relations that were truncated between an incremental backup and its parent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Oids of the inherent tablespaces (pg_tablespace.dat).
_DEFAULT, _GLOBAL = 1663, 1664
_PATH = re.compile(
    r"(?:base/(?P<default>\d+)|global|pg_tblspc/(?P<oid>\d+)/PG_\w+/(?P<linked>\d+)|PG_\w+/(?P<own>\d+))"
    r"/(?P<number>\d+)(?:\.(?P<segment>\d+))?"
)


@dataclass(frozen=True)
class Truncations:
    """The shortest length of each main fork in blocks, by (tablespace, database, file node number).

    PostgreSQL takes blocks that an incremental backup does not have from its parent, up to the length that the relation
    has now. Of a relation that was truncated and has grown again, blocks behind the shortest length that were never
    written since are empty, and the parent's are void; the file of the incremental backup does not say so, only the WAL
    summaries do, as limit blocks. Source: PostgreSQL, ``src/backend/backup/basebackup_incremental.c``
    (GetFileBackupMethod), 17 and 18.
    """

    blocks: Mapping[tuple[int, int, int], int]

    @classmethod
    def of(cls, rows: Iterable[Iterable[int]]) -> Truncations:
        """From rows of tablespace, database, file node number and length in blocks."""
        return cls({(space, database, number): blocks for space, database, number, blocks in rows})

    def rows(self) -> list[list[int]]:
        """The same as :meth:`of` takes, in order."""
        return [[*key, self.blocks[key]] for key in sorted(self.blocks)]

    def kept_blocks(self, path: str, *, tablespace: int | None, segment_blocks: int) -> int | None:
        """How many blocks of the parent's file at this path count; ``None``: all of them.

        ``path`` is below the data directory, or below the directory of ``tablespace``.

        >>> Truncations.of([(1663, 5, 16384, 1000)]).kept_blocks("base/5/16384", tablespace=None, segment_blocks=131072)
        1000
        """
        found = _PATH.fullmatch(path)
        if found is None:
            return None
        if found["oid"]:
            key = int(found["oid"]), int(found["linked"]), int(found["number"])
        elif found["own"]:
            key = tablespace or 0, int(found["own"]), int(found["number"])
        elif found["default"]:
            key = _DEFAULT, int(found["default"]), int(found["number"])
        else:
            key = _GLOBAL, 0, int(found["number"])
        blocks = self.blocks.get(key)
        return None if blocks is None else max(0, blocks - int(found["segment"] or 0) * segment_blocks)


__all__ = ("Truncations",)
