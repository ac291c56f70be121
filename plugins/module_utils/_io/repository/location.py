# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a repository may lie: not inside what it protects."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from ..._core.errors import Refused
from ..._core.postgres.cluster import Cluster
from ..postgres.data_directory import is_data_directory
from .repository import Repository

_TABLESPACE_VERSION_DIRECTORY = re.compile(r"PG_\d+_\d+")


def check_location(path: str, *, data_directories: Iterable[str] = (), tablespaces: Iterable[str] = ()) -> None:
    """Return when the directory, which need not exist, lies outside all of these; symbolic links are resolved.

    Data directories and tablespaces that nobody named are recognized by their content, as far as this user may look.
    Raises Refused (``repository-inside-data-directory``, ``repository-inside-tablespace``).
    """
    resolved = os.path.realpath(path)
    found = list(_containing(resolved))
    for directory in [*data_directories, *(place for place in found if is_data_directory(place))]:
        if _is_inside(resolved, directory):
            raise _refused(path, directory, what="the data directory", code="repository-inside-data-directory")
    for directory in [*tablespaces, *(place for place in found if _is_tablespace(place))]:
        if _is_inside(resolved, directory):
            raise _refused(path, directory, what="the tablespace", code="repository-inside-tablespace")


def _containing(path: str) -> Iterator[str]:
    """The path itself and the directories that contain it, up to the root directory."""
    yield path
    while path != os.path.dirname(path):
        path = os.path.dirname(path)
        yield path


def _is_inside(path: str, directory: str) -> bool:
    outer = os.path.realpath(directory)
    return os.path.commonpath((outer, path)) == outer


def _is_tablespace(path: str) -> bool:
    try:
        return any(_TABLESPACE_VERSION_DIRECTORY.fullmatch(name) for name in os.listdir(path))
    except OSError:
        # Not there, or not readable for this user: the places that were named are checked all the same.
        return False


def _refused(path: str, directory: str, *, what: str, code: str) -> Refused:
    return Refused(
        f"repository_path '{path}' lies inside {what} '{directory}'",
        code=code,
        hint="A restore replaces that directory, and the backups with it: set 'pitr_repository_path' to a directory"
        " outside, at best on another file system or host.",
    )


def check_repository_place(repository: Repository, *, cluster: Cluster) -> None:
    """Raise Refused when the repository lies inside what it protects (data directory, its WAL, a tablespace)."""
    if repository.is_here:
        own, tablespaces = cluster.own_directories, cluster.tablespaces.values()
        check_location(repository.path, data_directories=own, tablespaces=tablespaces)


__all__ = ("check_location", "check_repository_place")
