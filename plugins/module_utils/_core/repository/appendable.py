# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database host may add to its cluster's folder of a repository on another host."""

from __future__ import annotations

from .layout import BACKUPS, CLUSTER_FILE, WAL

_MOST_PARTS = 4


def is_appendable(key: str) -> bool:
    """Whether something may be stored under the key: WAL, a file of a backup, or who the cluster is.

    What retention and verification note is not: whoever writes that decides what is removed and what is not looked at.

    >>> is_appendable("wal/00000001/00000000/000000010000000000000003.zst"), is_appendable("verify.json")
    (True, False)
    """
    parts = key.split("/")
    if len(parts) > _MOST_PARTS or any(part.startswith(".") or not part for part in parts):
        return False
    if parts[0] == BACKUPS:
        return len(parts) == 3
    return key == CLUSTER_FILE or (parts[0] == WAL and len(parts) in (3, 4))


__all__ = ("is_appendable",)
