# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The age identity in a file on tmpfs, for as long as the recovery of a directory runs.

PostgreSQL starts the program that fetches WAL, so that one finds the identity by the directory that it recovers: under
that directory's number, which stays when the directory is renamed. Nothing of it is ever on a disk, or in the arguments
or the environment of a process.
"""

from __future__ import annotations

import os
import stat

from ..._core.errors import Refused, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Protocol

    class Identity(Protocol):
        """What decrypts, as an open file that programs read it from."""

        def descriptor(self) -> int: ...


# Memory on every Linux, where each user may make files.
MEMORY = "/dev/shm"  # noqa: S108 - the directory below it is checked


class KeptIdentity:
    """The identity for the recovery of a directory, which must exist."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._descriptor = -1

    def descriptor(self) -> int:
        """As that of an identity in memory.

        Raises Unavailable (``identity-missing``), Refused (``identity-place-unsafe``).
        """
        if self._descriptor < 0:
            path = self.path()
            try:
                check_place(os.path.dirname(path))
                self._descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            except FileNotFoundError:
                self._missing()
        return self._descriptor

    def drop(self) -> bool:
        """Remove it, as far as it is there; whether it was."""
        try:
            os.unlink(self.path())
        except OSError:
            return False
        return True

    def path(self) -> str:
        """Where it is, if it is there. Raises OSError."""
        found = os.stat(self._directory)
        return f"{MEMORY}/pgpitr-{os.geteuid()}/{found.st_dev}-{found.st_ino}"

    def _missing(self) -> NoReturn:
        directory = os.path.abspath(self._directory)
        raise Unavailable(
            f"the archive is encrypted, and there is no age identity for a recovery of '{directory}'",
            code="identity-missing",
            hint="It is in memory from the playbook 'restore' to the recovery's end, and gone after a restart of the"
            " host: run 'restore' again to the same target, with 'pitr_restore_age_identity'.",
        )


def check_place(path: str) -> None:
    """Return when nobody else can have made the directory. Raises Refused (``identity-place-unsafe``), OSError."""
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Refused(
            f"'{path}' is not a directory of this account alone",
            code="identity-place-unsafe",
            hint="Somebody else has made it, or opened it: find out who, and remove it.",
        )


__all__ = ("MEMORY", "KeptIdentity", "check_place")
