# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing the members of a tar archive below a directory, in pieces as large as they come."""

from __future__ import annotations

import os
import stat

from ..._core.backup.tar_header import TarHeader
from ..._core.errors import Damaged
from ..host.files import write_all
from .direct_write import LARGE_BYTES, DirectFile, DirectWriter


class TarExtract:
    """A sink for :class:`TarDigest`: directories and regular files appear below ``into``, which exists.

    Links are left out: those of a data directory say where tablespaces were, not where they will be. Large files are
    whole when the ``writer`` has finished.
    """

    def __init__(self, into: str, *, writer: DirectWriter) -> None:
        self.file = -1
        self._into = into
        self._writer = writer
        self._large: DirectFile | None = None

    def begin(self, header: TarHeader) -> None:
        """Make the directory, or open the file, which must not be there yet.

        Raises Damaged (``archive-damaged``) for a name that leads outside, OSError when it cannot be written.
        """
        name = self.inner(header.name)
        path = self.path(name)
        if header.is_directory and name:
            os.makedirs(path, mode=0o700, exist_ok=True)
            os.chmod(path, safe_mode(header))
        elif header.is_file:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self.open(path, header, flags=flags)

    def open(self, path: str, header: TarHeader, *, flags: int) -> None:
        """Open the file of a member. Raises OSError."""
        if header.size_bytes >= LARGE_BYTES:
            self._large = self._writer.open(path, flags, mode=safe_mode(header), size_bytes=header.size_bytes)
        else:
            self.file = os.open(path, flags, safe_mode(header))
            # Whatever the umask is.
            os.fchmod(self.file, safe_mode(header))

    def write(self, piece: memoryview) -> None:
        """Append to the open file. Raises OSError."""
        if self._large is not None:
            self._large.write(piece)
        else:
            write_all(self.file, piece)

    def end(self) -> None:
        """The open file is complete. Raises OSError."""
        if self._large is not None:
            large, self._large = self._large, None
            large.end()
        self.close()

    def close(self) -> None:
        """Let go of a file whose end never came; without one nothing happens."""
        if self._large is not None:
            large, self._large = self._large, None
            large.abandon()
        if self.file >= 0:
            os.close(self.file)
            self.file = -1

    def path(self, name: str) -> str:
        """Where the file of this name lies."""
        return os.path.join(self._into, name)

    def inner(self, name: str) -> str:
        """A member's name without a leading ``./``. Raises Damaged (``archive-damaged``) when it leads elsewhere."""
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/") or ".." in parts:
            raise Damaged(
                f"the archive has a member '{name}', which points outside of it",
                code="archive-damaged",
                hint="PostgreSQL never writes such a name. Find out who changed the archive, and use another backup.",
            )
        return "/".join(parts)


def safe_mode(header: TarHeader) -> int:
    """The permissions of a member without those to write that PostgreSQL gives to nobody but the owner."""
    return header.mode & ~(stat.S_IWGRP | stat.S_IWOTH)


__all__ = ("TarExtract", "safe_mode")
