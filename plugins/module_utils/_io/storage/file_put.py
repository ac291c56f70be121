# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting a file into a directory: durable, whole, and over another one only where that is meant.

It is written under a temporary name, fsynced and given its name, then the names in the directories are fsynced.
Another file, beside it, makes writers take turns.
"""

from __future__ import annotations

import errno
import os

from ..._core.errors import AlreadyStored, Changed
from ..._core.repository.layout import turn_name
from ..host.files import read_exactly
from ..host.temporary_file import open_temporary, remove_stale_temporaries
from .locked_file import take_turn
from .place import ABSENT, ANY, Place, fsync_path, make_path_below, version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn

_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
# Retention removes directories that have become empty, and may do so between any two steps here.
_ATTEMPTS = 10
_TURN_SECONDS = 60.0


class FilePut:
    """One put of ``key``; the arguments are those of :meth:`Storage.put`."""

    def __init__(self, place: Place, key: str, *, unless: Iterable[str], replaces: str) -> None:
        self._place = place
        self._key = key
        self._others = [other for other in unless if other != key]
        self._replaces = replaces
        self._directories: list[str] = []
        self._turn = ""

    def run(self, pieces: Iterable[bytes], *, is_same: Callable[[str], bool] | None, is_durable: bool) -> str | None:
        """Store the pieces; the version, ``None``: it was there already."""
        self._place.check_there(before_writing=self._key)
        try:
            turn = self._take_turn()
            try:
                version = self._put(pieces, is_same=is_same, is_durable=is_durable)
            finally:
                # The name goes before the lock, so that nobody takes over a file that is being removed.
                _unlink(self._turn)
                os.close(turn)
            if is_durable:
                for directory in reversed(self._directories):
                    fsync_path(directory)
        except OSError as error:
            self._place.refuse(self._key, error)
        return version

    def _take_turn(self) -> int:
        """The descriptor of the file that is locked meanwhile."""
        folder, _slash, name = self._key.rpartition("/")
        common = _common_name(name, self._others)
        for attempt in range(_ATTEMPTS):
            try:
                self._directories = make_path_below(self._place.root, folder)
                self._turn = self._directories[-1] + "/" + turn_name(common)
                turn, has_left = take_turn(self._turn, timeout_seconds=_TURN_SECONDS)
            except FileNotFoundError:
                # Where the directory itself is away nothing is made underneath.
                self._place.check_there()
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            if has_left:
                remove_stale_temporaries(self._directories[-1] + "/" + common)
            return turn
        raise AssertionError

    def _put(self, pieces: Iterable[bytes], *, is_same: Callable[[str], bool] | None, is_durable: bool) -> str | None:
        if self._replaces == ABSENT:
            found = next((each for each in (self._key, *self._others) if self._is_there(each)), None)
            if found is not None:
                self._check_same(found, pieces=pieces, is_same=is_same)
                return None
        elif self._replaces != ANY:
            self._check_version()
        target, temporary = open_temporary(self._place.address(self._key))
        try:
            for piece in pieces:
                _write_all(target, piece)
            if is_durable:
                os.fsync(target)
            if self._give_name(temporary):
                temporary = ""
            return version_of(os.fstat(target))
        finally:
            if temporary:
                _unlink(temporary)
            os.close(target)

    def _is_there(self, key: str) -> bool:
        return os.path.lexists(self._place.address(key))

    def _check_same(self, key: str, *, pieces: Iterable[bytes], is_same: Callable[[str], bool] | None) -> None:
        """Return when this content is stored already, made durable: another writer may have just named it."""
        if not (self._has_content(key, pieces) if is_same is None else is_same(key)):
            self._already_stored(key)
        fsync_path(self._place.address(key))

    def _has_content(self, key: str, pieces: Iterable[bytes]) -> bool:
        from ..host.files import open_regular

        stored = open_regular(self._place.address(key))
        try:
            return all(read_exactly(stored, len(piece)) == piece for piece in pieces) and not os.read(stored, 1)
        finally:
            os.close(stored)

    def _check_version(self) -> None:
        try:
            found = version_of(os.stat(self._place.address(self._key)))
        except FileNotFoundError:
            found = None
        if found != self._replaces:
            raise Changed(
                f"'{self._place.address(self._key)}' was changed by somebody else meanwhile",
                code="record-changed",
                hint="Try again; nothing was overwritten.",
            )

    def _give_name(self, temporary: str) -> bool:
        """Give the finished file its name; whether it has lost the temporary one."""
        path = self._place.address(self._key)
        if self._replaces == ABSENT:
            try:
                os.link(temporary, path)
                return False
            except FileExistsError:
                self._already_stored(self._key)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
            # Without hard links only a rename is left, which would replace: the lock on this name keeps others away.
            if self._is_there(self._key):
                self._already_stored(self._key)
        os.rename(temporary, path)
        return True

    def _already_stored(self, key: str) -> NoReturn:
        raise AlreadyStored(
            f"'{self._place.address(key)}' is already stored with other content",
            code="already-stored",
            hint="Find out which content is right; nothing was overwritten.",
            key=key,
        )


def _common_name(name: str, others: list[str]) -> str:
    """What all names under which something may be stored begin with, so that all their writers take turns."""
    for other in others:
        other_name = other.rpartition("/")[2]
        while not other_name.startswith(name):
            name = name[:-1]
    return name


def _write_all(target: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(target, view) :]


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


__all__ = ("FilePut",)
