# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing the files of a backup with its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Damaged
from .manifest import Manifest, ManifestFile

_SHOWN = 5


@dataclass(frozen=True)
class ReadFile:
    """A file that was read completely: its size in bytes, and its checksum in hexadecimal."""

    size_bytes: int
    checksum: str


class ManifestComparison:
    """Compares files with a manifest as they are read, in any order; it takes a byte for each file of the manifest.

    ``with_checksums``: they were read with those of the manifest's algorithm; an entry without one is compared by size.
    Several threads may note files of their own.
    """

    def __init__(self, manifest: Manifest, *, with_checksums: bool = True) -> None:
        self.count = 0
        self._expected = manifest.files
        self._with_checksums = with_checksums
        self._is_read = bytearray(len(manifest.files))
        self._differences: list[str] = []

    def __setitem__(self, path: str, file: ReadFile) -> None:
        """Note a file that was read."""
        number = self._expected.number_of(path)
        self.count += number is None or not self._is_read[number]
        if number is None:
            self._differences.append(f"'{path}' is not in the manifest")
        elif self._is_read[number]:
            # PostgreSQL would extract the last.
            self._differences.append(f"'{path}' is there more than once")
        else:
            self._is_read[number] = True
            self._compare(path, file, expected=self._expected.file_at(number))

    def __contains__(self, path: object) -> bool:
        """Whether this file of the manifest was read before."""
        number = self._expected.number_of(path) if isinstance(path, str) else None
        return number is not None and self._is_read[number] != 0

    def differences(self) -> tuple[str, ...]:
        """What differs now that all files were read, as sentences; none if the backup is intact."""
        paths = self._expected if not all(self._is_read) else ()
        missing = (path for path, is_read in zip(paths, self._is_read) if not is_read)
        return (*self._differences, *(f"'{path}' is missing" for path in missing))

    def _compare(self, path: str, file: ReadFile, *, expected: ManifestFile) -> None:
        if file.size_bytes != expected.size_bytes:
            self._differences.append(f"'{path}' has {file.size_bytes} bytes instead of {expected.size_bytes}")
        elif self._with_checksums and expected.checksum and file.checksum != expected.checksum:
            self._differences.append(f"'{path}' has a wrong checksum")


def check_differences(differences: Sequence[str]) -> None:
    """Return if there are none. Raises Damaged (``backup-damaged``)."""
    if differences:
        more = f" and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
        raise Damaged(
            f"the backup differs from its manifest: {'; '.join(differences[:_SHOWN])}{more}",
            code="backup-damaged",
            hint="The backup is not kept. Check the memory, disks and network of this host, and take it again.",
        )


__all__ = ("ManifestComparison", "ReadFile", "check_differences")
