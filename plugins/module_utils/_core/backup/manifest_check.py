# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing the files of a backup with its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import Damaged
from .manifest import Manifest

_SHOWN = 5


@dataclass(frozen=True)
class ReadFile:
    """A file that was read completely: its size in bytes, and its checksum in hexadecimal."""

    size_bytes: int
    checksum: str


class ReadFiles(dict[str, ReadFile]):
    """Files by path, as they are read; ``twice`` are those that came again."""

    def __init__(self) -> None:
        super().__init__()
        self.twice: list[str] = []

    def __setitem__(self, path: str, file: ReadFile) -> None:
        if path in self:
            self.twice.append(path)
        super().__setitem__(path, file)


def compare_with_manifest(
    found: Mapping[str, ReadFile], *, manifest: Manifest, with_checksums: bool = True
) -> tuple[str, ...]:
    """The differences as sentences, in the order of the manifest; none if the backup is intact.

    ``found`` has all regular files of the tar files by path, with checksums of the manifest's algorithm; of
    :class:`ReadFiles` those that came twice differ, too, for PostgreSQL would extract the last. A manifest
    entry without checksum is compared by size, and so are all if ``with_checksums`` is false.
    """
    differences = []
    for path, expected in manifest.files.items():
        read = found.get(path)
        if read is None:
            differences.append(f"'{path}' is missing")
        elif read.size_bytes != expected.size_bytes:
            differences.append(f"'{path}' has {read.size_bytes} bytes instead of {expected.size_bytes}")
        elif with_checksums and expected.checksum and read.checksum != expected.checksum:
            differences.append(f"'{path}' has a wrong checksum")
    differences += [f"'{path}' is not in the manifest" for path in found if path not in manifest.files]
    if isinstance(found, ReadFiles):
        differences += [f"'{path}' is there more than once" for path in dict.fromkeys(found.twice)]
    return tuple(differences)


def check_against_manifest(found: Mapping[str, ReadFile], *, manifest: Manifest) -> None:
    """Return if the files are exactly those of the manifest. Raises Damaged (``backup-damaged``)."""
    differences = compare_with_manifest(found, manifest=manifest)
    if differences:
        more = f" and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
        raise Damaged(
            f"the backup differs from its manifest: {'; '.join(differences[:_SHOWN])}{more}",
            code="backup-damaged",
            hint="The backup is not kept. Check the memory, disks and network of this host, and take it again.",
        )


__all__ = ("ReadFile", "ReadFiles", "check_against_manifest", "compare_with_manifest")
