# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of the program PostgreSQL's archive and restore commands may import."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial

from .sources import relative_imports

_MAIN = "_agent.main"
CALLED_BY_POSTGRESQL = ("_agent.wal.push", "_agent.wal.get")
# What these import only where something is out of the ordinary: a file that is missing to a standby, or stored with
# other content, or a failure. That call waits some milliseconds for it, all others less.
_RARE = ("_agent.wal.following", "_io.wal.divergence", "_io.wal.push_failure")
# Rooms that are entered where the repository is on another host, in a bucket or encrypted, and by root.
_ELSEWHERE = ("_io.remote.", "_io.s3.", "_io.encryption.", "_io.privilege.")
# Only where a cluster has several repositories.
_SEVERAL = ("_agent.wal.get_several", "_agent.wal.push_beside", "_io.repository.several_push")


def hot_paths(
    sources: Mapping[str, str], *, commands: Iterable[str] = CALLED_BY_POSTGRESQL, elsewhere: bool = True
) -> frozenset[str]:
    """The paths of all that these commands import, early or late, and of what ``main`` imports at its top.

    Without ``elsewhere`` the repository is a directory of this host, and nothing is encrypted.
    """
    left_out = () if elsewhere else _ELSEWHERE
    imports = partial(relative_imports, is_package=partial(_is_package, sources))
    found = {_path(_MAIN)}
    remaining = [*commands, *imports(sources[_path(_MAIN)], module=_MAIN, at_top=True)]
    while remaining:
        name = remaining.pop()
        if name not in (*_RARE, *_SEVERAL) and not name.startswith(left_out) and _path(name) not in found:
            found.add(_path(name))
            remaining += imports(sources[_path(name)], module=name)
    return frozenset(found)


def _path(name: str) -> str:
    return name.replace(".", "/") + ".py"


def _is_package(paths: Collection[str], name: str) -> bool:
    return any(path.startswith(name.replace(".", "/") + "/") for path in paths)


__all__ = ("CALLED_BY_POSTGRESQL", "hot_paths")
