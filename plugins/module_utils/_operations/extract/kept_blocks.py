# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of the files of its parent an incremental backup keeps."""

from __future__ import annotations

from collections.abc import Callable

from ..._core.catalogue.record import Backup
from ..._core.catalogue.truncations import Truncations

# How many blocks of the file at a path below the directory are the parent's still; ``None``: all of them.
KeptBlocks = Callable[[str], "int | None"]


def kept_blocks(backup: Backup, *, tablespace: int | None, segment_blocks: int) -> KeptBlocks:
    """What is known of truncations since the parent, in the data directory or in the directory of a tablespace."""
    truncations = backup.truncations or Truncations({})
    return lambda path: truncations.kept_blocks(path, tablespace=tablespace, segment_blocks=segment_blocks)


__all__ = ("KeptBlocks", "kept_blocks")
