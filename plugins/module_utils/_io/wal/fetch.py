# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching a WAL file from the repository, verified before anybody can see it under its name."""

from __future__ import annotations

import os

from ..._core.errors import Missing
from .lookup import find_stored
from .wal_file_check import check_content, checked_kind, wal_file_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..host.kept_identity import Identity
    from ..storage.port import Storage


def fetch_wal_file(
    storage: Storage,
    *,
    name: str,
    destination: str,
    document: dict[str, Any],
    identity: Identity | None = None,
    key: str | None = None,
) -> None:
    """Put the stored file ``name`` at ``destination``, replacing what is there; not fsynced: it can be fetched again.

    ``document`` is the folder's cluster.json, ``identity`` decrypts what is encrypted, ``key`` is where it is stored
    (``None``: that has to be found out). Raises Missing (``segment-missing``), Damaged (``segment-damaged``,
    ``encrypted-damaged``), Refused (``segment-foreign``), InvalidInput (``identity-wrong``), Unavailable
    (``write-failed``, ``identity-missing``).
    """
    checked_kind(name)
    stored = key or find_stored(storage, name=name)
    if stored is None:
        raise _missing(storage, name)
    from .stored_file import write_stored

    target, temporary = _opened_beside(destination)
    try:
        try:
            limit_bytes = wal_file_limit(name, document=document)
            write_stored(
                storage, stored, target=target, temporary=temporary, limit_bytes=limit_bytes, identity=identity
            )
            check_content(target, name=name, document=document)
        except Missing:
            # Retention was faster.
            raise _missing(storage, name) from None
        finally:
            os.close(target)
        os.rename(temporary, destination)
    except BaseException:
        os.unlink(temporary)
        raise


def _opened_beside(destination: str) -> tuple[int, str]:
    from ..host.files import write_failed
    from ..host.temporary_file import open_temporary, remove_stale_temporaries

    remove_stale_temporaries(destination)
    try:
        return open_temporary(destination)
    except OSError as error:
        raise write_failed(destination, error) from error


def _missing(storage: Storage, name: str) -> Missing:
    return Missing(
        f"'{name}' is not in the repository, '{storage.address()}'",
        code="segment-missing",
        hint="At the end of the archive that is normal.",
    )


__all__ = ("fetch_wal_file",)
