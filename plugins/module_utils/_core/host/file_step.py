# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that bring files and directories into the wanted state, as a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class FileState:
    """What lies at a path: permission bits, owner (uid, gid), and a file's content (``None`` for a directory)."""

    mode: int
    owner: tuple[int, int]
    content: bytes | None = None


@dataclass(frozen=True)
class MakeDirectory:
    """A directory that is missing, with its mode; ``owner`` is (uid, gid), ``None``: whoever runs this."""

    path: str
    mode: int
    owner: tuple[int, int] | None = None

    def __str__(self) -> str:
        return f"make directory {self.path} with mode {self.mode:04o}"


@dataclass(frozen=True)
class WriteFile:
    """A file to write, replacing what is there."""

    path: str
    content: bytes
    mode: int
    owner: tuple[int, int] | None = None

    def __str__(self) -> str:
        return f"write {self.path} ({len(self.content)} bytes, mode {self.mode:04o})"


@dataclass(frozen=True)
class RemoveFile:
    """A file to remove."""

    path: str

    def __str__(self) -> str:
        return f"remove {self.path}"


FileStep = Union[MakeDirectory, WriteFile, RemoveFile]


def plan_directory(wanted: MakeDirectory, *, present: FileState | None) -> tuple[FileStep, ...]:
    """Make the directory where there is none; one that is there belongs to whoever made it."""
    return () if present is not None else (wanted,)


def plan_file(
    wanted: WriteFile, *, present: FileState | None, same_content: bool | None = None
) -> tuple[FileStep, ...]:
    """Write the file unless content, mode and owner are as wanted.

    ``same_content`` is for files whose sameness is not that of their bytes.
    """
    if present is None:
        return (wanted,)
    same = present.content == wanted.content if same_content is None else same_content
    owned = wanted.owner is None or present.owner == wanted.owner
    return () if same and owned and present.mode == wanted.mode else (wanted,)


def plan_removal(paths: Iterable[str]) -> tuple[FileStep, ...]:
    """Remove these files."""
    return tuple(RemoveFile(path) for path in paths)


__all__ = (
    "FileState",
    "FileStep",
    "MakeDirectory",
    "RemoveFile",
    "WriteFile",
    "plan_directory",
    "plan_file",
    "plan_removal",
)
