# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tar files of a base backup: ``base``, and one for each tablespace, whose stem is its oid."""

from __future__ import annotations

BASE = "base"

_TABLESPACES = "pg_tblspc/"


def path_prefix(stem: str) -> str:
    """The prefix that the manifest puts before the names in the tar file with this stem.

    >>> path_prefix("base"), path_prefix("16385")
    ('', 'pg_tblspc/16385/')
    """
    return "" if stem == BASE else f"{_TABLESPACES}{stem}/"


def is_in_tar(path: str, *, stem: str) -> bool:
    """Whether a file of the manifest is in the tar file with this stem.

    >>> is_in_tar("PG_VERSION", stem="base"), is_in_tar("pg_tblspc/16385/PG_15_202209061/5/1", stem="base")
    (True, False)
    """
    return not path.startswith(_TABLESPACES) if stem == BASE else path.startswith(path_prefix(stem))


def tablespace_of(path: str) -> int | None:
    """The tablespace that a file of the manifest belongs to, ``None`` for the data directory.

    >>> tablespace_of("PG_VERSION"), tablespace_of("pg_tblspc/16385/PG_15_202209061/5/1")
    (None, 16385)
    """
    if not path.startswith(_TABLESPACES):
        return None
    oid = path[len(_TABLESPACES) :].partition("/")[0]
    return int(oid) if oid.isdecimal() else None


__all__ = ("BASE", "is_in_tar", "path_prefix", "tablespace_of")
