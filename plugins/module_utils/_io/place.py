# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a repository may lie: not inside what it protects."""

from __future__ import annotations

import os
from collections.abc import Iterable

from .._core.errors import Refused


def check_place(path: str, *, data_directories: Iterable[str], tablespaces: Iterable[str]) -> None:
    """Return when the directory, which need not exist, lies outside all of these; symbolic links are resolved.

    Raises Refused (``repository-inside-data-directory``, ``repository-inside-tablespace``).
    """
    for directory in data_directories:
        if _is_inside(path, directory):
            raise _refused(path, directory, what="the data directory", code="repository-inside-data-directory")
    for directory in tablespaces:
        if _is_inside(path, directory):
            raise _refused(path, directory, what="the tablespace", code="repository-inside-tablespace")


def _is_inside(path: str, directory: str) -> bool:
    outer = os.path.realpath(directory)
    return os.path.commonpath((outer, os.path.realpath(path))) == outer


def _refused(path: str, directory: str, *, what: str, code: str) -> Refused:
    return Refused(
        f"repository_path '{path}' lies inside {what} '{directory}'",
        code=code,
        hint="A restore replaces that directory, and the backups with it: set 'pitr_repository_path' to a directory"
        " outside, at best on another file system or host.",
    )


__all__ = ("check_place",)
