# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a data directory that a base backup would lack or fail on, found by looking at each name."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator

from ..._core.backup.left_out import LINK, LONG_NAME, UNREADABLE, OddFile, is_emptied, is_skipped, is_too_long
from ..._io.postgres.data_directory import linked_tablespaces

_TABLESPACES = "pg_tblspc"


def odd_files(data_directory: str, *, version: int) -> Iterator[OddFile]:
    """The odd files of the cluster and of its tablespaces, as the account that runs this sees them.

    What goes while this looks is no fault.
    """
    yield from _below(data_directory, prefix="")
    for oid, location in sorted(linked_tablespaces(data_directory).items()):
        path = f"{_TABLESPACES}/{oid}"
        if is_too_long(location):
            yield OddFile(path, LONG_NAME, location)
        yield from _in_tablespace(location, path=path, version=version)


def sockets_among(paths: Iterable[str], *, data_directory: str) -> frozenset[str]:
    """Those of the relative paths that are sockets or pipes, in which nothing is kept, and those that are gone."""
    return frozenset(path for path in paths if _holds_nothing(f"{data_directory}/{path}"))


def _in_tablespace(location: str, *, path: str, version: int) -> Iterator[OddFile]:
    """Those of one tablespace: the server stores its own version's directory, and says nothing where that is gone."""
    try:
        names = sorted(os.listdir(location))
    except FileNotFoundError:
        yield OddFile(path, LINK, location)
        return
    except PermissionError:
        yield OddFile(path, UNREADABLE)
        return
    own = [name for name in names if name.startswith(f"PG_{version}_")]
    if not own:
        yield OddFile(path, LINK, location)
    for name in own:
        for each in _below(f"{location}/{name}", prefix=f"{name}/"):
            yield OddFile(f"{path}/{each.path}", each.kind, each.target)


def _below(directory: str, *, prefix: str) -> Iterator[OddFile]:
    try:
        entries = os.scandir(directory)
    except FileNotFoundError:
        return
    except PermissionError:
        yield OddFile(prefix.rstrip("/"), UNREADABLE)
        return
    with entries:
        for entry in entries:
            if not is_skipped(entry.name):
                yield from _of_entry(entry, path=prefix + entry.name)


def _of_entry(entry: os.DirEntry[str], *, path: str) -> Iterator[OddFile]:
    if is_emptied(path):
        return
    if entry.is_symlink():
        if path.rpartition("/")[0] != _TABLESPACES:
            yield OddFile(path, LINK, _target(entry.path))
        return
    is_directory = entry.is_dir(follow_symlinks=False)
    if not is_directory and not entry.is_file(follow_symlinks=False):
        return
    if is_too_long(path):
        yield OddFile(path, LONG_NAME)
    if is_directory:
        yield from _below(entry.path, prefix=f"{path}/")
    elif not os.access(entry.path, os.R_OK, effective_ids=True) and os.path.lexists(entry.path):
        yield OddFile(path, UNREADABLE)


def _target(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def _holds_nothing(path: str) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return True
    return stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode)


__all__ = ("odd_files", "sockets_among")
