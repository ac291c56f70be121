# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup manifest: every file of a base backup with its size and checksum.

Source: PostgreSQL's manual, "Backup Manifest Format"; version 2 (since 17) adds the system identifier.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Damaged, InvalidInput
from ..json_fields import MOST_UINT32, list_of, load_json, mapping_of, number_of, text_of
from ..path_text import is_inner_path
from ..wal.lsn import Lsn

CHECKSUM_KEY = '"Manifest-Checksum"'
# A million files take some 170 MB.
MANIFEST_LIMIT_BYTES = 1 << 30
_VERSIONS = (1, 2)
_ALGORITHMS = ("", "CRC32C", "SHA224", "SHA256", "SHA384", "SHA512")
_CHECKSUM = re.compile(r"(?:[0-9a-f]{2}){0,64}")
_MOST_FILES = 10_000_000


@dataclass(frozen=True)
class ManifestFile:
    """A file's size in bytes, and its checksum in lower-case hexadecimal; both texts are empty without checksums."""

    size_bytes: int
    algorithm: str = ""
    checksum: str = ""


@dataclass(frozen=True)
class WalRange:
    """The WAL of one timeline that the backup needs."""

    timeline: int
    start: Lsn
    end: Lsn


@dataclass(frozen=True)
class Manifest:
    """The contents of a base backup; ``files`` by path relative to the data directory.

    ``system_identifier`` is ``None`` in version 1. ``wal_ranges`` has several items only if a standby followed a
    timeline switch during the backup.
    """

    version: int
    files: Mapping[str, ManifestFile]
    wal_ranges: tuple[WalRange, ...]
    system_identifier: str | None = None

    @classmethod
    def parse(cls, text: str) -> Manifest:
        """Parse a manifest, and verify its own checksum. Raises Damaged (``manifest-damaged``)."""
        check_manifest_checksum(text)
        try:
            return _from_document(load_json(text, most_containers=_MOST_FILES))
        except (ValueError, KeyError, TypeError, AttributeError, InvalidInput) as error:
            raise _damaged(f"{type(error).__name__} {error}") from error

    @property
    def algorithm(self) -> str:
        """The algorithm of the files' checksums, which pg_basebackup uses for all files; empty if they have none."""
        return next((file.algorithm for file in self.files.values() if file.algorithm), "")

    @property
    def size_bytes(self) -> int:
        """The total size of all files."""
        return sum(file.size_bytes for file in self.files.values())


def check_manifest_checksum(text: str) -> None:
    """Return if the manifest's last line has the SHA-256 of everything before it.

    Raises Damaged (``manifest-damaged``).
    """
    body, found, last = text.rpartition(CHECKSUM_KEY)
    computed = hashlib.sha256(body.encode("utf-8", "surrogateescape")).hexdigest()
    check_stated_checksum(last if found else None, computed=computed)


def check_stated_checksum(stated: str | None, *, computed: str) -> None:
    """The same for a manifest that was read in pieces: ``stated`` is the text after the last :data:`CHECKSUM_KEY`.

    ``None``: there is no such line. ``computed`` is the SHA-256 of everything before it. Raises Damaged
    (``manifest-damaged``).
    """
    if stated is None:
        raise _damaged("it has no checksum of its own, so it is truncated")
    if computed != stated.partition(":")[2].strip().rstrip("}").strip().strip('"').lower():
        raise _damaged("its content does not match its own checksum")


def _from_document(document: Mapping[str, Any]) -> Manifest:
    version = document["PostgreSQL-Backup-Manifest-Version"]
    if version not in _VERSIONS:
        raise ValueError(f"version {version}")
    identifier = document.get("System-Identifier")
    ranges = list_of(document["WAL-Ranges"], "WAL-Ranges")
    if not ranges:
        raise ValueError("it has no range of WAL")
    return Manifest(
        version=version,
        files=_files(list_of(document["Files"], "Files")),
        wal_ranges=tuple(_wal_range(entry) for entry in ranges),
        system_identifier=None if identifier is None else str(number_of(identifier, "System-Identifier", most=1 << 64)),
    )


def _files(entries: Sequence[Mapping[str, Any]]) -> dict[str, ManifestFile]:
    files = {_path_of(entry): _file(entry) for entry in entries}
    if len(files) < len(entries):
        raise ValueError("a file is listed twice")
    return files


def _file(entry: Mapping[str, Any]) -> ManifestFile:
    return ManifestFile(
        number_of(entry["Size"], "Size"),
        text_of(entry.get("Checksum-Algorithm", ""), "Checksum-Algorithm", allowed=_ALGORITHMS.__contains__),
        text_of(entry.get("Checksum", "").lower(), "Checksum", allowed=_is_checksum),
    )


def _is_checksum(text: str) -> bool:
    return _CHECKSUM.fullmatch(text) is not None


def _wal_range(entry: Mapping[str, Any]) -> WalRange:
    timeline = number_of(mapping_of(entry, "a range of WAL")["Timeline"], "Timeline", least=1, most=MOST_UINT32)
    return WalRange(timeline, Lsn.parse(entry["Start-LSN"]), Lsn.parse(entry["End-LSN"]))


def _path_of(entry: Mapping[str, Any]) -> str:
    # Names that are not valid UTF-8 are written in hexadecimal.
    path = entry["Path"] if "Path" in entry else _decoded(entry["Encoded-Path"])
    return text_of(path, "path of a file", allowed=is_inner_path)


def _decoded(hexadecimal: str) -> str:
    return bytes.fromhex(hexadecimal).decode("utf-8", "surrogateescape")


def _damaged(what: str) -> Damaged:
    return Damaged(
        f"the backup manifest is damaged: {what}",
        code="manifest-damaged",
        hint="A backup cannot be verified without its manifest; take a new one, and restore from another.",
    )


__all__ = (
    "CHECKSUM_KEY",
    "MANIFEST_LIMIT_BYTES",
    "Manifest",
    "ManifestFile",
    "WalRange",
    "check_manifest_checksum",
    "check_stated_checksum",
)
