# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a directory that a backup names, for a tablespace or for WAL, may be written to.

Who can write to the repository chooses the name, and what lies there is set aside by the restore.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..path_text import is_below, is_within

# Directories of the system with all below them, and those in which others have theirs.
_TREES = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/root", "/run", "/sbin")
_MORE_TREES = ("/sys", "/usr", "/var/run")
# Clusters in memory, and those built from source.
_BUT_FOR = ("/dev/shm", "/usr/local/pgsql")  # noqa: S108 - nothing is made there
_SHARED = frozenset({
    "/", "/home", "/media", "/mnt", "/opt", "/srv", "/tmp", "/var", "/var/cache", "/var/lib",  # noqa: S108
    "/var/lib/pgsql", "/var/lib/postgresql", "/var/log", "/var/spool", "/var/tmp", *_BUT_FOR,  # noqa: S108
})  # fmt: skip


@dataclass(frozen=True)
class NamedDirectory:
    """What lies at the name.

    ``resolved`` is the path without links, ``names`` what is in it (``None``: it is not there), ``data_directory`` is
    the one that it lies in, ``used_by`` that of another running server that uses it; ``None`` without one. ``is_own``:
    it belongs to this account.
    """

    resolved: str
    names: frozenset[str] | None = None
    data_directory: str | None = None
    used_by: str | None = None
    is_own: bool = True


def never_usable(path: str, seen: NamedDirectory) -> str | None:
    """Why no restore may write there, after the name in a sentence; ``None``: nothing speaks against it."""
    if is_system_directory(path) or is_system_directory(seen.resolved):
        return "is a directory of the system"
    if seen.data_directory is not None:
        return f"lies in the data directory '{seen.data_directory}'"
    if seen.used_by is not None:
        return f"is used by the server in '{seen.used_by}'"
    return None


def not_among(roots: Iterable[str], *, seen: NamedDirectory) -> bool:
    """Whether it lies below none of these directories."""
    return not any(is_within(seen.resolved, root) for root in roots)


def foreign_name(seen: NamedDirectory, *, is_expected: Callable[[str], bool]) -> str | None:
    """The first name in it that does not belong there; ``None``: it is missing, empty, or has only what it should."""
    return min((name for name in seen.names or () if not is_expected(name)), default=None)


def is_system_directory(path: str) -> bool:
    """Whether a directory belongs to the system, or to all who have something in it.

    >>> is_system_directory("/etc/cron.d"), is_system_directory("/srv"), is_system_directory("/srv/ts1")
    (True, True, False)
    """
    if path in _SHARED:
        return True
    if any(is_below(path, exception) for exception in _BUT_FOR):
        return False
    return any(is_within(path, tree) for tree in (*_TREES, *_MORE_TREES))


__all__ = ("NamedDirectory", "foreign_name", "is_system_directory", "never_usable", "not_among")
