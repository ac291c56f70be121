# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a backup still says where it is from, without which no other host can become the cluster's successor."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ..._core.catalogue.origin import MOST_BYTES, Origin
from ..._core.catalogue.record import Backup
from ..._core.errors import Damaged
from ..._core.repository.layout import origin_key
from ..._core.verify.finding import ORIGIN, Finding
from ..._io.storage.file_errors import is_damage, is_gone, not_readable
from ..._io.storage.port import Storage

# What encryption adds: a header with the recipients, and 16 bytes to each 64 KiB.
_MOST_STORED_BYTES = 2 * MOST_BYTES
_AGE_HEADER = b"age-encryption.org/v1\n"


def check_origin(backup: Backup, storage: Storage) -> Iterator[Finding]:
    """The problem of the file, if it has one. One that no record tells of need not be there.

    What is encrypted is compared with what was stored; what is in it only a restore can tell, which has the identity.
    Raises Unavailable (``repository-not-readable``).
    """
    key = origin_key(backup.label, is_encrypted=backup.is_encrypted)
    try:
        content = storage.read_all(key, limit_bytes=_MOST_STORED_BYTES)
        fault = None if content is None else _fault(content, backup)
    except Damaged as error:
        content, fault = b"", error.message
    except OSError as error:
        if not is_damage(error) and not is_gone(error):
            raise not_readable(storage.address(key), error) from error
        content, fault = (None, None) if is_gone(error) else (b"", error.strerror or str(error))
    name = key.rpartition("/")[2]
    if fault is not None:
        message = f"'{name}' of backup '{backup.label}' cannot be used: {fault}"
        yield Finding(ORIGIN, "backup-origin-damaged", message, backup=backup.label, file=name)
    elif content is None and backup.origin_digest is not None:
        message = f"'{name}' of backup '{backup.label}' is missing, but its record tells of it"
        yield Finding(ORIGIN, "backup-origin-missing", message, backup=backup.label, file=name)


def _fault(content: bytes, backup: Backup) -> str | None:
    """What is wrong with it; ``None``: nothing."""
    if backup.origin_digest not in (None, hashlib.sha256(content).hexdigest()):
        return "it is not what was stored: its SHA-256 is another"
    if backup.is_encrypted:
        return None if content.startswith(_AGE_HEADER) else "it is not encrypted by age"
    try:
        Origin.parse(content.decode("utf-8"))
    except (Damaged, UnicodeDecodeError) as error:
        return error.message if isinstance(error, Damaged) else str(error)
    return None


__all__ = ("check_origin",)
