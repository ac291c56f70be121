# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking a stored manifest by its own checksum, without holding it in memory."""

from __future__ import annotations

import hashlib
import os

from ..._core.backup.manifest import CHECKSUM_KEY, check_stated_checksum

_CHUNK_BYTES = 1 << 20
# The line with the checksum is the last one, and has less than a hundred bytes.
_LAST_BYTES = 1024


def check_stored_manifest(path: str) -> None:
    """Return when the manifest has the checksum that its last line states.

    Reads it once from begin to end. Raises OSError, Damaged (``manifest-damaged``).
    """
    with open(path, "rb") as stream:
        size_bytes = os.fstat(stream.fileno()).st_size
        stream.seek(max(0, size_bytes - _LAST_BYTES))
        last = stream.read()
        body, found, stated = last.rpartition(CHECKSUM_KEY.encode("ascii"))
        if not found:
            check_stated_checksum(None, computed="")
        stream.seek(0)
        hasher, left = hashlib.sha256(), size_bytes - len(last) + len(body)
        while left:
            piece = stream.read(min(left, _CHUNK_BYTES))
            if not piece:
                break
            hasher.update(piece)
            left -= len(piece)
    check_stated_checksum(stated.decode("ascii", "replace"), computed=hasher.hexdigest())


__all__ = ("check_stored_manifest",)
