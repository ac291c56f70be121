# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a data directory says that its tablespaces are."""

from __future__ import annotations

import os
from collections.abc import Mapping


def set_links(base: str, tablespaces: Mapping[int, str]) -> None:
    """Let pg_tblspc say where the tablespaces are, by oid."""
    for oid, location in tablespaces.items():
        link = f"{base}/pg_tblspc/{oid}"
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(location, link)


def write_tablespace_map(base: str, tablespaces: Mapping[int, str]) -> None:
    """Rewrite tablespace_map for these locations; the server makes the links from it when it starts to recover.

    Source of the form: PostgreSQL, ``xlog.c``, do_pg_backup_start.
    """
    if not tablespaces:
        return
    lines = "".join(f"{oid} {_escaped(location)}\n" for oid, location in sorted(tablespaces.items()))
    with open(f"{base}/tablespace_map", "w", encoding="utf-8") as stream:
        stream.write(lines)
        stream.flush()
        os.fsync(stream.fileno())


def _escaped(location: str) -> str:
    return location.replace("\\", "\\\\").replace("\n", "\\\n").replace("\r", "\\\r")


__all__ = ("set_links", "write_tablespace_map")
