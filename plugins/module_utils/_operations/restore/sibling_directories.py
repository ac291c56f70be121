# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, renames and removes directories beside a data directory, whoever owns the directory above."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from ..._core.errors import Failed, Unavailable
from ..._core.restore.swap_steps import Rename
from ..._io.host.effective_user import as_root
from ..._io.host.files import fsync_directory, write_failed


@contextmanager
def as_owner_of_parent(path: str) -> Iterator[None]:
    """Inside, names beside ``path`` can be changed: as the present user where that may, else as root.

    The directory above a data directory often belongs to root. Where it belongs to the cluster's user, root stays out.
    """
    if os.access(os.path.dirname(path), os.W_OK | os.X_OK, effective_ids=True):
        yield
        return
    with as_root():
        yield


def make_directory(path: str) -> None:
    """Make an empty directory, 0700, owned by the present user, with the directories above. It may be there already.

    Raises Unavailable (``write-failed``).
    """
    owner = (os.geteuid(), os.getegid())
    try:
        if not os.path.isdir(os.path.dirname(path)):
            make_directory(os.path.dirname(path))
        with as_owner_of_parent(path):
            if not os.path.isdir(path):
                os.mkdir(path, 0o700)
                os.chown(path, *owner)
                fsync_directory(os.path.dirname(path))
    except OSError as error:
        raise write_failed(path, error) from error


def own_directory(path: str) -> None:
    """Let a directory belong to the present user, where root runs this; nothing happens when there is none."""
    owner = (os.geteuid(), os.getegid())
    with as_root():
        if os.geteuid() == 0 and os.path.isdir(path):
            os.chown(path, *owner, follow_symlinks=False)


def remove_tree(path: str) -> None:
    """Remove a directory with everything in it; nothing happens when there is none. Raises Unavailable."""
    if not os.path.lexists(path):
        return
    with as_owner_of_parent(path):
        try:
            shutil.rmtree(path)
        except OSError as error:
            raise Unavailable(
                f"cannot remove '{error.filename or path}': {error.strerror}",
                code="remove-failed",
                hint="It is left over from an earlier restore: remove it by hand.",
            ) from error


def rename_durably(step: Rename) -> None:
    """Do one rename so that it is on disk. Raises Failed (``rename-failed``)."""
    make_directory(os.path.dirname(step.destination))
    try:
        if os.path.lexists(step.destination):
            raise FileExistsError(17, "there is something already")
        with as_owner_of_parent(step.destination):
            os.rename(step.source, step.destination)
            fsync_directory(os.path.dirname(step.source))
            fsync_directory(os.path.dirname(step.destination))
    except OSError as error:
        raise Failed(
            f"cannot rename '{step.source}' to '{step.destination}': {error.strerror}",
            code="rename-failed",
            hint="Both have to lie on one file system in directories that this user may write to.",
        ) from error


__all__ = ("as_owner_of_parent", "make_directory", "own_directory", "remove_tree", "rename_durably")
