# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The age identity of a restore: in the memory of its process, and from there where its recovery finds it."""

from __future__ import annotations

import errno
import os
import stat

from ..._core.errors import Refused, Unavailable
from ..host.files import write_failed
from ..host.kept_identity import BEGUN, IDENTITY, MEMORY, KeptIdentity
from ..host.mounts import file_system_type

_LIMIT_BYTES = 1 << 16


class AgeIdentity:
    """An identity in the memory of this process."""

    def __init__(self, text: str) -> None:
        self._descriptor = os.memfd_create("pgpitr", os.MFD_CLOEXEC)
        os.write(self._descriptor, text.encode("ascii"))

    def descriptor(self) -> int:
        """What a program opens it by; it is this process's."""
        return self._descriptor

    def keep_for(self, directory: str) -> None:
        """Let the recovery of this directory find it, in a new directory of this account alone.

        Raises Unavailable (``identity-place-missing``, ``write-failed``), Refused (``identity-place-unsafe``).
        """
        _check_memory()
        kept = KeptIdentity(directory)
        kept.drop()
        try:
            self._write(_new_directory(f"{MEMORY}/{kept.prefix()}"))
        except OSError as error:
            kept.drop()
            # Whatever user fills it.
            raise write_failed(MEMORY, error) from error

    def _write(self, place: str) -> None:
        text, begun = os.pread(self._descriptor, _LIMIT_BYTES, 0), f"{place}/{BEGUN}"
        descriptor = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if os.write(descriptor, text) < len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(descriptor)
        os.rename(begun, f"{place}/{IDENTITY}")


def _check_memory() -> None:
    if file_system_type(MEMORY) not in ("tmpfs", "ramfs"):
        raise Unavailable(
            f"'{MEMORY}' is not in memory on this host, and the age identity must not be on a disk",
            code="identity-place-missing",
            hint=f"Mount a tmpfs at '{MEMORY}', as every Linux distribution does.",
        )
    mode = os.stat(MEMORY).st_mode
    if mode & 0o022 and not mode & stat.S_ISVTX:
        raise Refused(
            f"in '{MEMORY}' everybody can rename and remove what others have made: it lacks the sticky bit",
            code="identity-place-unsafe",
            hint=f"Run 'chmod 1777 {MEMORY}', and find out who has changed that.",
        )


def _new_directory(prefix: str) -> str:
    """A directory whose name nobody can have foreseen."""
    while True:
        path = prefix + os.urandom(8).hex()
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            continue
        return path


__all__ = ("AgeIdentity",)
