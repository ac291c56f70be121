# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How relations lie in files, which was decided when the server's programs were built.

Source: PostgreSQL's manual, preset options ``block_size`` and ``segment_size``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..json_fields import mapping_of, number_of

# What configure allows (--with-blocksize).
_BLOCK_SIZES = frozenset(1 << power for power in range(10, 16))
# A whole relation has no more (MaxBlockNumber).
_MOST_BLOCKS = 0xFFFFFFFE


@dataclass(frozen=True)
class RelationLayout:
    """The size of a block, and how many of them one file of a large relation has."""

    block_size_bytes: int
    segment_blocks: int

    @classmethod
    def parse(cls, value: Any) -> RelationLayout:
        """Parse what a record says of it. Raises ValueError, KeyError."""
        record = mapping_of(value, "relation_layout")
        block_size_bytes = number_of(record["block_size_bytes"], "block_size_bytes")
        if block_size_bytes not in _BLOCK_SIZES:
            raise ValueError(f"block_size_bytes is {block_size_bytes}")
        return cls(block_size_bytes, number_of(record["segment_blocks"], "segment_blocks", least=1, most=_MOST_BLOCKS))


__all__ = ("RelationLayout",)
