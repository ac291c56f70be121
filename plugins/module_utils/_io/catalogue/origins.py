# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a backup is from: the file beside its record."""

from __future__ import annotations

import hashlib
from contextlib import closing

from ..._core.catalogue.origin import MOST_BYTES, Origin
from ..._core.errors import Damaged
from ..._core.repository.layout import origin_key
from ..encryption.age import DecryptedReading, encrypt
from ..host.files import too_large
from ..repository.cluster_folder import ClusterFolder


def write_origin(folder: ClusterFolder, label: str, *, origin: Origin) -> str | None:
    """Store it, before the backup is recorded; the SHA-256 of what is stored. ``None``: it would be too large to read.

    The configuration may have passwords, so it is encrypted where the backup is. Raises Unavailable
    (``program-missing``), Failed (``encryption-failed``).
    """
    content = str(origin).encode("utf-8")
    if len(content) > MOST_BYTES:
        return None
    if folder.recipients:
        with closing(encrypt([content], recipients=folder.recipients)) as encrypted:
            content = b"".join(encrypted)
    folder.storage.put(origin_key(label, is_encrypted=bool(folder.recipients)), [content])
    return hashlib.sha256(content).hexdigest()


def read_origin(folder: ClusterFolder, label: str, *, digest: str | None = None) -> Origin | None:
    """Where the backup is from; ``None``: an earlier release took it. ``digest`` is what its record says of the file.

    Raises Damaged (``backup-origin-damaged``, ``encrypted-damaged``), Unavailable (``identity-missing``,
    ``program-missing``), InvalidInput (``identity-wrong``).
    """
    # First, so that nobody puts one in clear beside it which is read in its place.
    key, is_stored_one = origin_key(label, is_encrypted=True), True
    if folder.storage.stat(key) is not None:
        content: bytes | None = _decrypted(folder, key)
    else:
        key = origin_key(label)
        content = folder.storage.read_all(key, limit_bytes=MOST_BYTES)
        is_stored_one = content is None or digest in (None, hashlib.sha256(content).hexdigest())
    if content is None:
        return None
    if not is_stored_one:
        raise _damaged(folder.storage.address(key), "it is not what was stored: its SHA-256 is another")
    try:
        return Origin.parse(content.decode("utf-8"))
    except (UnicodeDecodeError, Damaged) as error:
        reason = error.message if isinstance(error, Damaged) else str(error)
        raise _damaged(folder.storage.address(key), reason) from error


def _damaged(path: str, reason: str) -> Damaged:
    return Damaged(
        f"'{path}': {reason}",
        code="backup-origin-damaged",
        hint="Put the file back from another copy of the repository. Without it the restored server would have a "
        "configuration that nobody knows.",
    )


def _decrypted(folder: ClusterFolder, key: str) -> bytes:
    path, content = folder.storage.address(key), b""
    with DecryptedReading(folder.storage.read(key), path=path, identity=folder.age_identity) as reading:
        for piece in reading:
            content += piece
            if len(content) > MOST_BYTES:
                raise too_large(path, limit_bytes=MOST_BYTES)
    return content


__all__ = ("read_origin", "write_origin")
