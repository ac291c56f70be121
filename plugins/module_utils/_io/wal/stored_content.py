# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a repository has the content of a WAL file, by reading back what is stored."""

from __future__ import annotations

from typing import Any

from ..._core.errors import Unavailable
from ..._core.repository.layout import is_encrypted
from ..encryption.encrypted_file import check_stored
from ..storage.port import Storage
from .lookup import find_stored
from .store import content_comparison
from .wal_file_check import wal_file_limit


def has_content(
    storage: Storage, *, name: str, source: int, document: dict[str, Any], data_directory: str | None
) -> bool:
    """Whether the file ``name`` is stored with the content of the open file ``source``, whole and undamaged.

    ``document`` is the folder's cluster.json. What is encrypted can be compared by the cluster's own secret alone,
    which lies in its ``data_directory``. Raises Damaged (``segment-damaged``, ``encrypted-damaged``), Unavailable
    (``cluster-secret-missing``, and where the storage is away).
    """
    key = find_stored(storage, name=name)
    if key is None:
        return False
    if is_encrypted(key):
        if data_directory is None:
            raise Unavailable(
                f"'{storage.address(key)}' is encrypted, and cannot be compared without the cluster's data directory",
                code="cluster-secret-missing",
                hint="Receive WAL on the cluster's own host, or remove what was received by hand.",
            )
        check_stored(storage, key)
    limit_bytes = wal_file_limit(name, document=document)
    is_same = content_comparison(storage, source=source, limit_bytes=limit_bytes, data_directory=data_directory or ".")
    return is_same(key)


__all__ = ("has_content",)
