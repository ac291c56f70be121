# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells a stored segment from another of its name, without reading it."""

from __future__ import annotations

from ..._core.repository.layout import checksum_key, is_encrypted, method_of
from ..storage.port import Storage
from .checksum_file import checksum_lines

# Each compressed form ends with a checksum of its content: four bytes in zstd and lz4, and in gzip the length behind.
_TAIL_BYTES = 8


def fingerprint_of(storage: Storage, key: str) -> str | None:
    """The checksum of the content, as it is stored with it, and the size; ``None``: it is not there, has
    none, or is encrypted."""
    found = storage.stat(key)
    if found is None or found[0] < _TAIL_BYTES or is_encrypted(key):
        # What is known of the content of an encrypted segment is not written down beside it.
        return None
    if method_of(key) == "none":
        content = storage.read_all(checksum_key(key))
        return None if content is None else "".join(checksum_lines(content)).strip() or None
    with storage.read(key, offset=found[0] - _TAIL_BYTES) as tail:
        return f"{method_of(key)} {found[0]} {b''.join(tail).hex()}"


def content_sums(storage: Storage, key: str) -> frozenset[str]:
    """What is stored with a file of the sum of its content, for each time that somebody began to store it.

    Files that were compressed by the same method and have no sum in common have different content. None: it is not
    there, has none, or is encrypted.
    """
    found = fingerprint_of(storage, key)
    if not found:
        return frozenset()
    if method_of(key) == "none":
        return frozenset(line.split()[0] for line in found.splitlines() if line.split())
    tail = found.split()[-1]
    # In gzip the length comes behind it.
    return frozenset({tail[:8] if method_of(key) == "gzip" else tail[8:]})


__all__ = ("content_sums", "fingerprint_of")
