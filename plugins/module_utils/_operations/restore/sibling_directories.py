# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, renames and removes directories beside a data directory, whoever owns the directory above.

That often belongs to root. Where the present user may not change it, root is asked, which does so only beside what is
this user's, and only where nobody else can change the path.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence

from ..._core.errors import Failed, PitrError, Unavailable
from ..._core.restore.swap.swap_step import MakeDirectory, RemoveDirectory, Rename, Step, needs_sync
from ..._io.host.files import fsync_directory, write_failed
from ..._io.privilege.root import GIVE_DIRECTORY, MAKE_DIRECTORY, REMOVE_DIRECTORY, RENAME, ask_root, has_root


def may_change_names_beside(path: str) -> bool:
    """Whether this user may make, rename and remove what lies beside ``path``."""
    return os.access(os.path.dirname(path), os.W_OK | os.X_OK, effective_ids=True)


def make_directory(path: str) -> None:
    """Make an empty directory, 0700, owned by the present user, with the directories above. It may be there already.

    Raises Unavailable (``write-failed``), Refused (``place-not-trusted``).
    """
    try:
        if not os.path.isdir(os.path.dirname(path)):
            make_directory(os.path.dirname(path))
        if os.path.isdir(path):
            return
        if may_change_names_beside(path):
            os.mkdir(path, 0o700)
            fsync_directory(os.path.dirname(path))
        else:
            ask_root(MAKE_DIRECTORY, path=path)
    except OSError as error:
        raise write_failed(path, error) from error


def own_directory(path: str) -> None:
    """Let an empty directory of root's belong to the present user, where root can be asked."""
    if has_root() and os.path.isdir(path):
        ask_root(GIVE_DIRECTORY, path=os.path.realpath(path))


def remove_tree(path: str) -> None:
    """Remove a directory with everything in it; nothing happens when there is none. Raises Unavailable."""
    if not os.path.lexists(path):
        return
    try:
        _empty(path)
        if may_change_names_beside(path):
            os.rmdir(path)
        else:
            ask_root(REMOVE_DIRECTORY, path=path)
    except OSError as error:
        raise Unavailable(
            f"cannot remove '{error.filename or path}': {error.strerror}",
            code="remove-failed",
            hint="It is left over from an earlier restore: remove it by hand.",
        ) from error


def do_durably(steps: Sequence[Step], *, check: Callable[[], None] = lambda: None) -> None:
    """Do the steps of a swap, so that each is on disk when the next one relies on it; ``check`` before each.

    Raises Failed (``rename-failed``), Unavailable.
    """
    for step, following in zip(steps, (*steps[1:], None)):
        check()
        _do(step, syncs=needs_sync(step, following))


def _do(step: Step, *, syncs: bool) -> None:
    if isinstance(step, Rename):
        rename_durably(step, syncs=syncs)
    elif isinstance(step, MakeDirectory):
        make_directory(step.path)
    elif isinstance(step, RemoveDirectory):
        _remove_empty(step.path)


def rename_durably(step: Rename, *, syncs: bool = True) -> None:
    """Do one rename so that it is on disk, unless a later one ``syncs``. Raises Failed (``rename-failed``)."""
    make_directory(os.path.dirname(step.destination))
    try:
        if os.path.lexists(step.destination):
            raise FileExistsError(17, "there is something already")
        if may_change_names_beside(step.source) and may_change_names_beside(step.destination):
            os.rename(step.source, step.destination)
            for path in step.paths if syncs else ():
                fsync_directory(os.path.dirname(path))
        else:
            ask_root(RENAME, source=step.source, destination=step.destination)
    except (OSError, PitrError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.message
        raise Failed(
            f"cannot rename '{step.source}' to '{step.destination}': {reason}",
            code="rename-failed",
            hint="Both have to lie on one file system in directories that this user may write to.",
        ) from error


def _remove_empty(path: str) -> None:
    try:
        os.rmdir(path)
        fsync_directory(os.path.dirname(path))
    except OSError as error:
        raise Failed(
            f"cannot remove '{path}': {error.strerror}",
            code="rename-failed",
            hint="Everything in it was moved, and something has come since: look at it, and remove it by hand.",
        ) from error


def _empty(path: str) -> None:
    """Remove what is in a directory, as the user whose it is."""
    with os.scandir(path) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)


__all__ = (
    "do_durably",
    "make_directory",
    "may_change_names_beside",
    "own_directory",
    "remove_tree",
    "rename_durably",
)
