# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file ``tablespace_map`` of a base backup: the locations of tablespaces by oid.

Source: PostgreSQL, ``xlog.c`` (do_pg_backup_start) and ``xlogrecovery.c`` (read_tablespace_map).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import Damaged
from ..path_text import is_plain_directory, normal_directory

MAP_NAME = "tablespace_map"
_SHOWN = 200

_LINE = re.compile(rb"(?:\\.|[^\\\n\r])+", re.DOTALL)
_ENTRY = re.compile(rb"([0-9]{1,10}) (.+)", re.DOTALL)


def parse_tablespace_map(content: bytes) -> dict[int, str]:
    r"""The locations by oid; none without the file (``b""``). Raises Damaged (``backup-damaged``).

    >>> parse_tablespace_map(b"16385 /srv/a place\n16386 /srv/two\\\nlines\n")
    {16385: '/srv/a place', 16386: '/srv/two\nlines'}
    """
    locations = {}
    for line in _LINE.findall(content):
        entry = _ENTRY.fullmatch(re.sub(rb"\\(.)", rb"\1", line, flags=re.DOTALL))
        location = "" if entry is None else normal_directory(entry[2].decode("utf-8", "surrogateescape"))
        if entry is None or not is_plain_directory(location):
            raise Damaged(
                f"the file '{MAP_NAME}' of the backup has the line {line[:_SHOWN]!r}",
                code="backup-damaged",
                hint="The backup is not kept; take it again.",
            )
        locations[int(entry[1])] = location
    return locations


def tablespace_map(locations: Mapping[int, str]) -> bytes:
    r"""The file's content for these locations.

    >>> tablespace_map({16385: "/srv/two\nlines"})
    b'16385 /srv/two\\\nlines\n'
    """
    lines = (f"{oid} {_escaped(location)}\n" for oid, location in sorted(locations.items()))
    return "".join(lines).encode("utf-8", "surrogateescape")


def _escaped(location: str) -> str:
    return re.sub(r"([\\\n\r])", r"\\\1", location)


__all__ = ("MAP_NAME", "parse_tablespace_map", "tablespace_map")
