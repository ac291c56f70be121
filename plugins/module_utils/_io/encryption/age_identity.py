# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The age identity of a restore: in the memory of its process, and from there where its recovery finds it."""

from __future__ import annotations

import os

from ..._core.errors import Unavailable
from ..host.kept_identity import MEMORY, KeptIdentity, check_place
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
        """Let the recovery of this directory find it, in a file of this account alone.

        Raises Unavailable (``identity-place-missing``), Refused (``identity-place-unsafe``).
        """
        if file_system_type(MEMORY) not in ("tmpfs", "ramfs"):
            raise Unavailable(
                f"'{MEMORY}' is not in memory on this host, and the age identity must not be on a disk",
                code="identity-place-missing",
                hint=f"Mount a tmpfs at '{MEMORY}', as every Linux distribution does.",
            )
        kept = KeptIdentity(directory)
        path = kept.path()
        place = os.path.dirname(path)
        try:
            os.mkdir(place, 0o700)
        except FileExistsError:
            check_place(place)
        kept.drop()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, os.pread(self._descriptor, _LIMIT_BYTES, 0))
        finally:
            os.close(descriptor)


__all__ = ("AgeIdentity",)
