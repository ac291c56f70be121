# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at files before a plan is made, and carrying the plan out."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable

from ..._core.errors import InvalidInput, Refused
from ..._core.host.file_step import FileState, FileStep, GiveDirectory, MakeDirectory, WriteFile
from ..privilege.controllers import controllers_of, walked
from .files import (
    SMALL_FILE_BYTES,
    fsync_directory,
    open_regular,
    read_limited,
    write_durably,
    write_failed,
)


def look_at(path: str) -> FileState | None:
    """What lies at ``path``; ``None`` for nothing. Raises InvalidInput (``path-not-a-file``) for other than files."""
    try:
        facts = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISDIR(facts.st_mode):
        return FileState(stat.S_IMODE(facts.st_mode), (facts.st_uid, facts.st_gid))
    if not stat.S_ISREG(facts.st_mode):
        raise InvalidInput(
            f"'{path}' is neither a file nor a directory",
            code="path-not-a-file",
            hint="Set another path, or move away what lies there.",
        )
    descriptor = open_regular(path)
    try:
        content = read_limited(descriptor, path=path, limit_bytes=SMALL_FILE_BYTES)
    finally:
        os.close(descriptor)
    return FileState(stat.S_IMODE(facts.st_mode), (facts.st_uid, facts.st_gid), content)


def check_root_controls(paths: Iterable[str]) -> None:
    """Return when root alone can change what these paths lead to, or when this is not root.

    Raises Refused (``place-not-trusted``).
    """
    if os.geteuid() != 0:
        return
    for path in paths:
        there = existing_part(path)
        try:
            controllers = controllers_of(there)
        except OSError as error:
            # Others exchange it at this moment.
            raise _not_trusted(path, there) from error
        if controllers != frozenset({0}):
            raise _not_trusted(path, there)


def check_root_controls_entry(path: str) -> None:
    """The same of what lies at the path or is to be made there, whose own content may be anybody's.

    In a sticky directory a name that is free is anybody's, and a link is its owner's.
    """
    if os.geteuid() != 0:
        return
    there = path
    while not os.path.lexists(os.path.dirname(there)):
        there = os.path.dirname(there)
    try:
        with walked(there) as place:
            controllers = place.controllers
    except OSError as error:
        raise _not_trusted(path, there) from error
    if controllers != frozenset({0}):
        raise _not_trusted(path, there)


def _not_trusted(path: str, there: str) -> Refused:
    return Refused(
        f"root does not write '{path}': others can change '{there}', or a directory above it",
        code="place-not-trusted",
        hint="Let root own every directory above it, writable by nobody else, or set another path.",
    )


def existing_part(path: str) -> str:
    """The path, or the nearest directory above it that exists."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return path


def missing_directories(path: str) -> list[str]:
    """The directories of an absolute path that do not exist, outermost first."""
    missing: list[str] = []
    while not os.path.isdir(path):
        missing.insert(0, path)
        path = os.path.dirname(path)
    return missing


def check_applicable(steps: Iterable[FileStep]) -> None:
    """Return when this user may make and replace all of these, as far as that can be told without doing it.

    Raises Unavailable (``write-failed``).
    """
    for step in steps:
        parent = os.path.dirname(step.path)
        while not os.path.lexists(parent):
            parent = os.path.dirname(parent)
        if not os.path.isdir(parent):
            raise write_failed(step.path, NotADirectoryError(errno.ENOTDIR, f"'{parent}' is not a directory"))
        if not os.access(parent, os.W_OK | os.X_OK, effective_ids=True):
            raise write_failed(step.path, PermissionError(errno.EACCES, f"no right to write in '{parent}'"))


def apply_file_steps(steps: Iterable[FileStep]) -> None:
    """Carry out each step, durably. Raises Unavailable (``write-failed``)."""
    for step in steps:
        try:
            _apply(step)
        except OSError as error:
            raise write_failed(step.path, error) from error


def _make_directory(step: MakeDirectory) -> None:
    try:
        os.mkdir(step.path, step.mode)
    except FileExistsError:
        # Another cluster of this host may be set up at the same time, and both want the same directory.
        if not stat.S_ISDIR(os.lstat(step.path).st_mode):
            raise
        return
    _give_directory(step)


def _give_directory(step: MakeDirectory | GiveDirectory) -> None:
    descriptor = os.open(step.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, step.mode)
        if step.owner is not None:
            os.fchown(descriptor, *step.owner)
    finally:
        os.close(descriptor)


def _apply(step: FileStep) -> None:
    if isinstance(step, MakeDirectory):
        _make_directory(step)
    elif isinstance(step, GiveDirectory):
        _give_directory(step)
        return
    elif isinstance(step, WriteFile):
        write_durably(step.path, step.content, mode=step.mode, owner=step.owner)
        return
    else:
        os.unlink(step.path)
    fsync_directory(os.path.dirname(step.path))


__all__ = (
    "apply_file_steps",
    "check_applicable",
    "check_root_controls",
    "check_root_controls_entry",
    "existing_part",
    "look_at",
    "missing_directories",
)
