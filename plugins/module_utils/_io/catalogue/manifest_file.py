# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking a stored manifest by its own checksum, without holding it in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ..._core.backup.manifest import (
    CHECKSUM_KEY,
    MANIFEST_LIMIT_BYTES,
    ManifestHead,
    check_stated_checksum,
    read_manifest,
)
from ..._core.repository.layout import manifest_key
from ..host.files import lines_of
from ..storage.port import Storage

# The line with the checksum is the last one, and has less than a hundred bytes.
_LAST_BYTES = 1024


def check_stored_manifest(storage: Storage, label: str) -> None:
    """Return when the manifest of the backup has the checksum that its last line states.

    Reads it once from begin to end. Raises OSError, Missing (``not-stored``), Damaged (``manifest-damaged``).
    """
    key = manifest_key(label)
    found = storage.stat(key)
    size_bytes = found[0] if found else 0
    with storage.read(key, offset=max(0, size_bytes - _LAST_BYTES)) as reading:
        last = b"".join(reading)
    body, stated_at, stated = last.rpartition(CHECKSUM_KEY.encode("ascii"))
    if not stated_at:
        check_stated_checksum(None, computed="")
    hasher, left = hashlib.sha256(), size_bytes - len(last) + len(body)
    with storage.read(key) as reading:
        for piece in reading:
            hasher.update(piece[:left])
            left -= len(piece)
            if left <= 0:
                break
    check_stated_checksum(stated.decode("ascii", "replace"), computed=hasher.hexdigest())


def manifest_lines(storage: Storage, label: str) -> Iterator[bytes]:
    """The lines of the backup's manifest, one after the other.

    Raises OSError, Missing (``not-stored``), Damaged (``file-too-large``, ``file-not-regular``), Unavailable.
    """
    key = manifest_key(label)
    with storage.read(key) as reading:
        yield from lines_of(reading.descriptor, path=storage.address(key), limit_bytes=MANIFEST_LIMIT_BYTES)


def stored_manifest_head(storage: Storage, label: str) -> ManifestHead:
    """The manifest of the backup without its files, which are not looked at.

    Raises as :func:`manifest_lines`, Damaged (``manifest-damaged``).
    """
    return read_manifest(manifest_lines(storage, label), each=None)


__all__ = ("check_stored_manifest", "manifest_lines", "stored_manifest_head")
