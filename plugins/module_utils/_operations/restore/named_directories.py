# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the directories that a backup names, before a restore writes there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from ..._core.host.named_directory import NamedDirectory
from ..._io.postgres.data_directory import is_data_directory, linked_tablespaces, linked_wal_directory
from ..._io.postgres.postmaster import running_postmasters


def look_at_directories(paths: Iterable[str], *, own: str) -> dict[str, NamedDirectory]:
    """What lies at each of these; ``own`` is the data directory that is restored. Raises OSError."""
    wanted = list(paths)
    users = dict(_used_by_others(own)) if wanted else {}
    return {path: _look_at(path, users=users) for path in wanted}


def resolved(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths without links."""
    return tuple(os.path.realpath(path) for path in paths)


def _look_at(path: str, *, users: dict[str, str]) -> NamedDirectory:
    place = os.path.realpath(path)
    inside = next((each for each in _above(place) if is_data_directory(each)), None)
    return NamedDirectory(place, _names(place), inside, users.get(place), is_own=_is_own(place))


def _is_own(path: str) -> bool:
    try:
        return os.stat(path).st_uid == os.geteuid()
    except OSError:
        return False


def _above(path: str) -> Iterator[str]:
    """The directory and those above it."""
    yield path
    while path != os.path.dirname(path):
        path = os.path.dirname(path)
        yield path


def _names(path: str) -> frozenset[str] | None:
    try:
        return frozenset(os.listdir(path))
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return frozenset({os.path.basename(path)})
    except PermissionError:
        # What one may not look into belongs to somebody else.
        return frozenset({"?"})


def _used_by_others(own: str) -> Iterator[tuple[str, str]]:
    """Each directory that another running server of this host uses outside of its own, with its data directory."""
    postmasters, _passed_over = running_postmasters()
    for postmaster in postmasters:
        directory = os.path.realpath(postmaster.data_directory)
        if directory == own:
            continue
        try:
            places = [*linked_tablespaces(directory).values(), linked_wal_directory(directory)]
        except OSError:
            # Another user's, who has closed it: its directories are closed to this user, too.
            continue
        yield from ((os.path.realpath(place), directory) for place in places if place)


__all__ = ("look_at_directories", "resolved")
