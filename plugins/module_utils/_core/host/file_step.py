# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that bring files and directories into the desired state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class FileState:
    """What exists at a path: permission bits, owner (uid, gid), and a file's content (``None`` for a directory)."""

    mode: int
    owner: tuple[int, int]
    content: bytes | None = None


@dataclass(frozen=True)
class MakeDirectory:
    """A directory to create; ``owner`` is (uid, gid), ``None``: the user who runs this."""

    path: str
    mode: int
    owner: tuple[int, int] | None = None

    def __str__(self) -> str:
        return f"make directory {self.path} with mode {self.mode:04o}"


@dataclass(frozen=True)
class GiveDirectory:
    """A directory that is there, to be given another mode and ``owner`` (uid, gid)."""

    path: str
    mode: int
    owner: tuple[int, int]

    def __str__(self) -> str:
        return f"give directory {self.path} to user id {self.owner[0]} with mode {self.mode:04o}"


@dataclass(frozen=True)
class WriteFile:
    """A file to write, replacing an existing one."""

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


FileStep = Union[MakeDirectory, GiveDirectory, WriteFile, RemoveFile]


def plan_directory(wanted: MakeDirectory, *, present: FileState | None) -> tuple[FileStep, ...]:
    """Create the directory if it is missing; an existing one is left as it is."""
    return () if present is not None else (wanted,)


def plan_file(wanted: WriteFile, *, present: FileState | None) -> tuple[FileStep, ...]:
    """Write the file unless it has the wanted content, mode and owner."""
    if present is None:
        return (wanted,)
    same = present.content == wanted.content
    owned = wanted.owner is None or present.owner == wanted.owner
    return () if same and owned and present.mode == wanted.mode else (wanted,)


def plan_removal(paths: Iterable[str]) -> tuple[FileStep, ...]:
    """Remove these files."""
    return tuple(RemoveFile(path) for path in paths)


__all__ = (
    "FileState",
    "FileStep",
    "GiveDirectory",
    "MakeDirectory",
    "RemoveFile",
    "WriteFile",
    "plan_directory",
    "plan_file",
    "plan_removal",
)
