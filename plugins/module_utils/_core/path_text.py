# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths in documents that somebody else may have written: which of them can be used as they are."""

from __future__ import annotations

_MOST_CHARACTERS = 4096


def is_plain_directory(path: str) -> bool:
    """Whether a path is absolute and has nothing to resolve: no ``..``, no ``.``, no empty part, no NUL.

    >>> is_plain_directory("/srv/ts1"), is_plain_directory("/srv/../etc"), is_plain_directory("/")
    (True, False, False)
    """
    return path[:1] == "/" and is_inner_path(path[1:])


def normal_directory(path: str) -> str:
    """An absolute path without empty parts, ``.`` and a slash at its end, as ``ln -s`` may have been given one.

    ``..`` stays, because what it means depends on links.

    >>> normal_directory("/srv//./ts1/")
    '/srv/ts1'
    """
    return "/" + "/".join(part for part in path.split("/") if part not in ("", ".")) if path[:1] == "/" else path


def is_inner_path(path: str) -> bool:
    """Whether a relative path stays below the directory that it is relative to, whatever lies there but links.

    >>> is_inner_path("base/5/1259"), is_inner_path("../etc/passwd"), is_inner_path("/etc"), is_inner_path("a//b")
    (True, False, False, False)
    """
    if not path or len(path) > _MOST_CHARACTERS or "\0" in path or not is_encodable(path):
        return False
    return all(part not in ("", ".", "..") for part in path.split("/"))


def is_below(path: str, directory: str) -> bool:
    """Whether the path leads into the directory.

    >>> is_below("/srv/pg/data", "/srv/pg/"), is_below("/srv/pg", "/srv/pg"), is_below("/srv/pg2", "/srv/pg")
    (True, False, False)
    """
    return path.startswith(directory.rstrip("/") + "/")


def is_within(path: str, directory: str) -> bool:
    """Whether the path is the directory, or leads into it."""
    return path == directory or is_below(path, directory)


def is_encodable(text: str) -> bool:
    """Whether a text is that of a file name: bytes that are no UTF-8 may stand in it, as surrogates.

    >>> is_encodable("b\\udcc3"), is_encodable("\\ud800")
    (True, False)
    """
    return not any("\ud800" <= character <= "\udfff" and not "\udc80" <= character <= "\udcff" for character in text)


__all__ = ("is_below", "is_encodable", "is_inner_path", "is_plain_directory", "is_within", "normal_directory")
