# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories of a cluster that lie in one another, of which PostgreSQL only warns.

A backup has the files of the inner one twice, and a restore that trades the outer one for another takes the inner one
along.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import Refused
from ..path_text import is_within


def check_not_nested(directories: Mapping[str, str], *, tablespaces: Mapping[int, str]) -> None:
    """Refuse where what belongs to one directory of a cluster lies in what belongs to another.

    ``directories`` are the data directory and that of the WAL, by what they are, ``tablespaces`` the locations by oid;
    all of them absolute and without links. Of a location only its ``PG_…`` directories belong to the cluster. Raises
    Refused (``directories-nested``).
    """
    spaces = {f"tablespace {oid}": location for oid, location in tablespaces.items()}
    for name, path in (*directories.items(), *spaces.items()):
        for outer_name, outer in directories.items():
            if name != outer_name and is_within(path, outer):
                raise _nested(name, path, outer_name, outer)
        for outer_name, outer in spaces.items():
            if name != outer_name and is_within(path, outer) and path[len(outer) + 1 :].startswith("PG_"):
                raise _nested(name, path, outer_name, outer)


def _nested(name: str, path: str, outer_name: str, outer: str) -> Refused:
    return Refused(
        f"{name}, '{path}', lies inside {outer_name}, '{outer}'",
        code="directories-nested",
        hint="A backup of it could not be restored in place without losing data. Move it to a directory of its own: "
        "make a tablespace there, move what it has with ALTER TABLE … SET TABLESPACE, and drop the nested one; or move "
        "the WAL directory while the server is down.",
    )


__all__ = ("check_not_nested",)
