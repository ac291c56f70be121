# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pg_basebackup leaves: archives and their manifest, of files that a test makes up."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping


def tar_of(
    files: Mapping[str, bytes],
    *,
    directories: Iterable[str] = (),
    links: Mapping[str, str] | None = None,
    mode: int = 0o600,
) -> bytes:
    """An archive of the directories, then the links with their targets, then the files with this mode."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in directories:
            directory = tarfile.TarInfo(name)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o750
            archive.addfile(directory)
        for name, target in (links or {}).items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), mode
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def tar_of_members(members: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive of files, of which several may have one name."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o600
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def manifest_of(files: Mapping[str, bytes], *, start: str = "0/2000028", stop: str = "0/2000100") -> str:
    """A manifest with SHA-256 checksums, and with its own."""
    document = {
        "PostgreSQL-Backup-Manifest-Version": 1,
        "Files": [
            {
                "Path": name,
                "Size": len(data),
                "Checksum-Algorithm": "SHA256",
                "Checksum": hashlib.sha256(data).hexdigest(),
            }
            for name, data in files.items()
        ],
        "WAL-Ranges": [{"Timeline": 1, "Start-LSN": start, "End-LSN": stop}],
    }
    body = json.dumps(document)[:-1] + ",\n"
    return f'{body}"Manifest-Checksum": "{hashlib.sha256(body.encode()).hexdigest()}"}}\n'
