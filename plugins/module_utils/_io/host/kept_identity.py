# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The age identity in a file on tmpfs, for as long as the recovery of a directory runs.

PostgreSQL starts the program that fetches WAL, so that one finds the identity by the directory that it recovers: under
that directory's number, which stays when the directory is renamed. Nothing of it is ever on a disk, or in the arguments
or the environment of a process.

Everybody may make files there, so the name ends at random, that nobody can have taken it before; and only a directory
of this account is looked into, which nobody else can make: in a sticky directory none can be renamed, and none linked.
"""

from __future__ import annotations

import os
import stat

from ..._core.errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    class Identity(Protocol):
        """What decrypts, as an open file that programs read it from."""

        def descriptor(self) -> int: ...


# Memory on every Linux, where each user may make files.
MEMORY = "/dev/shm"  # noqa: S108 - the directories below it are checked
IDENTITY = "identity"
# What of a directory that is written only now is not found.
BEGUN = "begun"


class KeptIdentity:
    """The identity for the recovery of a directory, which must exist."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._descriptor = -1

    def descriptor(self) -> int:
        """As that of an identity in memory. Raises Unavailable (``identity-missing``)."""
        if self._descriptor < 0:
            self._descriptor = self._open()
        return self._descriptor

    def is_there(self) -> bool:
        """Whether there is one. Raises OSError."""
        return any(os.path.exists(f"{place}/{IDENTITY}") for place in self._places())

    def drop(self) -> bool:
        """Remove it, as far as it is there; whether it was."""
        was_there = False
        try:
            places = [*self._places()]
            for place in places:
                was_there = _remove(place) or was_there
        except OSError:
            return was_there
        return was_there

    def prefix(self) -> str:
        """How the names of the directories below ``MEMORY`` begin that are for this one. Raises OSError."""
        found = os.stat(self._directory)
        return f"pgpitr-{found.st_dev}-{found.st_ino}-"

    def _open(self) -> int:
        for place in self._places():
            try:
                return os.open(f"{place}/{IDENTITY}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
        raise self._missing()

    def _places(self) -> Iterator[str]:
        """The directories that this account has made for it: one, or more where a run was killed."""
        prefix, own = self.prefix(), os.geteuid()
        with os.scandir(MEMORY) as entries:
            for entry in entries:
                if not entry.name.startswith(prefix):
                    continue
                try:
                    found = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISDIR(found.st_mode) and found.st_uid == own:
                    yield entry.path

    def _missing(self) -> Unavailable:
        directory = os.path.abspath(self._directory)
        return Unavailable(
            f"the archive is encrypted, and there is no age identity for a recovery of '{directory}'",
            code="identity-missing",
            hint="It is in memory from the playbook 'restore' to the recovery's end, and gone after a restart of the"
            " host: run 'restore' again to the same target, with 'pitr_restore_age_identity'.",
        )


def _remove(place: str) -> bool:
    """Remove a directory with what is in it; whether an identity was."""
    was_there = False
    for name in (IDENTITY, BEGUN):
        try:
            os.unlink(f"{place}/{name}")
        except FileNotFoundError:
            continue
        was_there = was_there or name == IDENTITY
    os.rmdir(place)
    return was_there


__all__ = ("BEGUN", "IDENTITY", "MEMORY", "KeptIdentity")
