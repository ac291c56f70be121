# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary directories, where the account that acts may write and where there is room.

Python's ``tempfile`` decides once for a process, and a module has been another account before: root's TMPDIR is private
to root with libpam-tmpdir, and on many hosts /tmp is small.
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ..._core.errors import Unavailable
from ..._core.wording import size_text
from .file_lock import try_lock
from .files import list_directory
from .free_space import free_bytes
from .temporary_file import is_still

_VARIABLES = ("TMPDIR", "TEMP", "TMP")
_DIRECTORIES = ("/tmp", "/var/tmp")  # noqa: S108 - what is made there is private to the account
_SMALL_BYTES = 1 << 20
# Of those that are locked while they are used, which those of earlier releases are not.
_LOCKED_SUFFIX = ".d"
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def scratch_places(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The directories in which temporary ones may be made: of the environment, of the system, the account's own."""
    variables = os.environ if environment is None else environment
    named = (variables.get(name, "") for name in _VARIABLES)
    return tuple(dict.fromkeys(path for path in (*named, *_DIRECTORIES, _home()) if path.startswith("/")))


def make_scratch(
    prefix: str,
    *,
    needed_bytes: int = _SMALL_BYTES,
    wanted_bytes: int = 0,
    places: tuple[str, ...] | None = None,
    suffix: str = "",
) -> str:
    """A new directory, private to the account, in the first place that has ``wanted_bytes`` free.

    Where none has, in that which has most, if these are ``needed_bytes``. Raises Unavailable (``scratch-missing``).
    """
    known = scratch_places() if places is None else places
    room = {place: _free_bytes(place) for place in known}
    enough = [place for place in known if room[place] >= max(wanted_bytes, needed_bytes)]
    less = sorted((place for place in known if room[place] >= needed_bytes), key=room.__getitem__, reverse=True)
    for place in dict.fromkeys((*enough, *less)):
        try:
            return tempfile.mkdtemp(prefix=prefix, suffix=suffix, dir=place)
        except OSError:
            # Not this account's, read-only, or gone.
            continue
    raise _missing(known, needed_bytes=needed_bytes)


@contextmanager
def scratch_directory(prefix: str, *, needed_bytes: int = _SMALL_BYTES, wanted_bytes: int = 0) -> Iterator[str]:
    """The same for a while; removed at the end.

    What a killed process has left under this prefix is removed first: there may be a whole backup in it, in clear.
    """
    _remove_abandoned(prefix)
    while True:
        path = make_scratch(prefix, needed_bytes=needed_bytes, wanted_bytes=wanted_bytes, suffix=_LOCKED_SUFFIX)
        held = _hold(path)
        if held >= 0:
            break
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(held)


def _hold(path: str) -> int:
    """A descriptor whose lock keeps others from removing the directory; -1: somebody was faster."""
    try:
        descriptor = os.open(path, _DIRECTORY)
    except FileNotFoundError:
        return -1
    if _is_free(descriptor) and is_still(path, descriptor):
        return descriptor
    os.close(descriptor)
    return -1


def _remove_abandoned(prefix: str) -> None:
    for place in scratch_places():
        try:
            names = [
                name for name in list_directory(place) if name.startswith(prefix) and name.endswith(_LOCKED_SUFFIX)
            ]
        except OSError:
            continue
        for name in names:
            _remove_unless_held(f"{place}/{name}")


def _remove_unless_held(path: str) -> None:
    try:
        descriptor = os.open(path, _DIRECTORY)
    except OSError:
        # Another account's, or no directory.
        return
    try:
        if os.fstat(descriptor).st_uid == os.geteuid() and try_lock(descriptor):
            shutil.rmtree(path, ignore_errors=True)
    except OSError:
        # NFS locks no directory; what lies there stays.
        return
    finally:
        os.close(descriptor)


def _is_free(descriptor: int) -> bool:
    try:
        return try_lock(descriptor)
    except OSError:
        # Where nobody can lock it nobody removes it.
        return True


def _home() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return ""


def _free_bytes(path: str) -> int:
    try:
        return free_bytes(path)
    except OSError:
        return -1


def _missing(places: tuple[str, ...], *, needed_bytes: int) -> Unavailable:
    tried = ", ".join(f"'{place}'" for place in places)
    return Unavailable(
        f"no temporary directory can be made: user id {os.geteuid()} can write in none of {tried}, or none has"
        f" {size_text(needed_bytes)} free",
        code="scratch-missing",
        hint="Set TMPDIR, in the environment of the task or the unit, to a directory where the cluster's user may write"
        " and where there is room, such as '/var/tmp'.",
    )


__all__ = ("make_scratch", "scratch_directory", "scratch_places")
