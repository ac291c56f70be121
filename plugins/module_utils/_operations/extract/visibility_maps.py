# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaving out the visibility maps of a combined chain, which some servers record wrongly."""

from __future__ import annotations

import os
import re

# The map of a relation in a database's directory, and its further segments; temporary relations are not backed up.
_MAP = re.compile(r"\d+_vm(\.\d+)?")
_DATABASE = re.compile(r"(?:.*/)?(?:base|PG_\d+_\d+)/\d+|global")


def is_visibility_map(path: str) -> bool:
    """Whether a path below a data directory or a tablespace's directory is a relation's visibility map.

    >>> is_visibility_map("base/5/1259_vm"), is_visibility_map("PG_18_202506291/5/16384_vm.1")
    (True, True)
    >>> is_visibility_map("base/5/1259"), is_visibility_map("base/5/1259_fsm"), is_visibility_map("notes/5_vm")
    (False, False, False)
    """
    directory, _slash, name = path.rpartition("/")
    return bool(_MAP.fullmatch(name) and _DATABASE.fullmatch(directory))


def remove_visibility_maps(root: str) -> int:
    """Remove every visibility map below a data directory or a tablespace's directory; how many there were.

    PostgreSQL makes a missing map anew as VACUUM finds pages all-visible (manual: "Visibility Map"). Until then
    index-only scans visit the heap. A map that says too much makes them return deleted rows, and makes VACUUM skip
    pages that it must not skip. Raises OSError.
    """
    count = 0
    for folder, _directories, files in os.walk(root):
        inside = os.path.relpath(folder, root)
        for name in files:
            if is_visibility_map(f"{inside}/{name}"):
                os.unlink(f"{folder}/{name}")
                count += 1
    return count


__all__ = ("is_visibility_map", "remove_visibility_maps")
