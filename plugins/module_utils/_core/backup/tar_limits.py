# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an archive of a backup may hold, told by the header of each member: before its content takes room anywhere."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import Damaged
from .backup_label import LABEL_NAME
from .manifest import ManifestFile
from .tablespace_map import MAP_NAME
from .tar_header import BLOCK_BYTES, TarHeader

#: What recovery begins with is small, and is kept in memory to be looked at.
KEPT_NAMES = frozenset({LABEL_NAME, MAP_NAME})
_KEPT_BYTES = 1 << 20
# PostgreSQL ends an archive with two blocks of zeros, other programs fill up to 10 kB.
_MOST_END_BLOCKS = 128
# A cluster has some twenty without files, and its users may have made more.
_DIRECTORIES_WITHOUT_FILES = 10_000


class TarLimits:
    """Looks at the headers of one archive in order.

    ``expected`` are the files of the manifest (``None``: not known). Others, longer ones and those that come twice are
    refused, but for ``others_bytes``: where nothing is written, a few may be read to be told by name.
    """

    def __init__(self, expected: Mapping[str, ManifestFile] | None = None, *, others_bytes: int = 0) -> None:
        self._expected = expected
        self._others_bytes = others_bytes
        self._directories = 0
        self._end_blocks = 0

    def check(self, header: TarHeader | None, *, name: str, is_again: bool = False) -> None:
        """Return when this may come next: a member, by its name in the manifest, or a block of the end (``None``).

        ``is_again``: a file of this name was in the archive before. Raises Damaged (``archive-damaged``).
        """
        if header is None:
            self._end_blocks += 1
            if self._end_blocks > _MOST_END_BLOCKS:
                raise _damaged("it does not end where it should")
        elif self._end_blocks:
            raise _damaged(f"it has '{name}' behind its end")
        elif header.is_file:
            self._check_file(name, size_bytes=header.size_bytes, is_again=is_again)
        elif header.is_directory and self._expected is not None:
            self._directories += 1
            if self._directories > len(self._expected) + _DIRECTORIES_WITHOUT_FILES:
                raise _damaged(f"it has {self._directories} directories, and the manifest {len(self._expected)} files")

    def _check_file(self, name: str, *, size_bytes: int, is_again: bool) -> None:
        if name in KEPT_NAMES and size_bytes > _KEPT_BYTES:
            raise _damaged(f"'{name}' has {size_bytes} bytes")
        if self._expected is None:
            return
        stated = self._expected.get(name)
        if stated is None:
            self._refuse(f"'{name}' is not in the manifest", size_bytes=size_bytes)
        elif size_bytes > stated.size_bytes:
            self._refuse(f"'{name}' has {size_bytes} bytes instead of {stated.size_bytes}", size_bytes=size_bytes)
        elif is_again:
            self._refuse(f"'{name}' is in it twice", size_bytes=size_bytes)

    def _refuse(self, what: str, *, size_bytes: int) -> None:
        # A header takes a block, so that there are not many without content either.
        self._others_bytes -= size_bytes + BLOCK_BYTES
        if self._others_bytes < 0:
            raise _damaged(what)


def _damaged(what: str) -> Damaged:
    return Damaged(
        f"an archive of the backup is not what was backed up: {what}",
        code="archive-damaged",
        hint="The backup is not usable; take a new one, or restore from another.",
    )


__all__ = ("KEPT_NAMES", "TarLimits")
