# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a data directory says that its tablespaces are."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..._core.backup.tablespace_map import MAP_NAME, tablespace_map


def set_links(base: str, tablespaces: Mapping[int, str]) -> None:
    """Let pg_tblspc say where the tablespaces are, by oid."""
    for oid, location in tablespaces.items():
        link = f"{base}/pg_tblspc/{oid}"
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(location, link)


def write_tablespace_map(base: str, tablespaces: Mapping[int, str]) -> None:
    """Rewrite tablespace_map for these locations; the server makes the links from it when it starts to recover."""
    if not tablespaces:
        return
    with open(f"{base}/{MAP_NAME}", "wb") as stream:
        stream.write(tablespace_map(tablespaces))
        stream.flush()
        os.fsync(stream.fileno())


__all__ = ("set_links", "write_tablespace_map")
