# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files by which PostgreSQL knows unlogged relations: their initialization forks.

Every recovery empties the relations that have such a fork (``ResetUnloggedRelations`` in its ``reinit.c``), also one
that begins where the server was shut down in order, and has nothing to replay. Hidden forks keep the rows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

_FORK = re.compile(r"^[0-9]+_init$")
# No name of a relation's file, so that PostgreSQL leaves it alone.
_SUFFIX = ".pitr-hidden"


def hide_unlogged(data_directory: str) -> None:
    """Rename the forks, so that a recovery finds no unlogged relation. It can be repeated."""
    for path in _relation_files(data_directory):
        if _FORK.match(os.path.basename(path)):
            os.rename(path, path + _SUFFIX)


def show_unlogged(data_directory: str) -> None:
    """Rename them back, whatever of them is hidden."""
    for path in _relation_files(data_directory):
        if path.endswith(_SUFFIX):
            os.rename(path, path[: -len(_SUFFIX)])


def _relation_files(data_directory: str) -> Iterator[str]:
    """The files in the directories of all databases, in every tablespace."""
    for place in (f"{data_directory}/base", *_tablespaces(f"{data_directory}/pg_tblspc")):
        for database in _directories(place):
            with os.scandir(database) as entries:
                names = [entry.name for entry in entries if entry.name.endswith(("_init", _SUFFIX))]
            yield from (f"{database}/{name}" for name in names)


def _tablespaces(links: str) -> Iterator[str]:
    """The directories that PostgreSQL makes in tablespaces, one for each major version that uses them."""
    for tablespace in _directories(links):
        yield from (path for path in _directories(tablespace) if os.path.basename(path).startswith("PG_"))


def _directories(path: str) -> list[str]:
    if not os.path.isdir(path):
        return []
    with os.scandir(path) as entries:
        return sorted(entry.path for entry in entries if entry.is_dir())


__all__ = ("hide_unlogged", "show_unlogged")
