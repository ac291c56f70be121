# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The damaged bytes of what was healed: kept aside until the good copy is there, and removed by retention."""

from __future__ import annotations

from ..._core.errors import Changed
from ..._core.repository.layout import (
    BACKUPS,
    WAL,
    logical_name,
    record_key,
    told_of,
    wal_keys,
)
from ..._core.repository.quarantine import QUARANTINE, quarantine_key, quarantined_key
from ..storage.port import Storage


def keep_aside(storage: Storage, key: str, *, token: str) -> None:
    """Store what lies under a key aside as well. Raises OSError where the medium does not give it.

    What a link leads to is none of the repository's: whoever else can write there would get to read it by that.
    """
    # Of those who retire what was healed, few heal.
    from .own_file import is_own

    with storage.read(key) as reading:
        if is_own(storage, key, reading=reading):
            storage.put(quarantine_key(key, token=token), reading)


def set_aside(storage: Storage, key: str, *, version: str, token: str) -> None:
    """Take away what lies under a key, which was proven damaged in this version, once it is aside.

    Raises Changed (``record-changed``) where it is another version by now, and OSError as :func:`keep_aside`.
    """
    keep_aside(storage, key, token=token)
    found = storage.stat(key)
    if found is None or found[2] != version:
        raise Changed(
            f"'{storage.address(key)}' has changed meanwhile",
            code="record-changed",
            hint="Verify again.",
        )
    storage.delete([key])


def find_replaced(storage: Storage) -> tuple[str, ...]:
    """The keys of damaged bytes that nobody needs any more: what was damaged is whole, or retention has removed it."""
    keys = (f"{QUARANTINE}/{name}" for name in sorted(storage.list(QUARANTINE, delimiter="")))
    return tuple(key for key in keys if _is_replaced(storage, quarantined_key(key)))


def remove_replaced(storage: Storage, key: str) -> None:
    """Remove these bytes, and the folders that are empty then."""
    storage.delete([key])
    folder = key.rpartition("/")[0]
    while folder:
        storage.prune(folder)
        folder = folder.rpartition("/")[0]


def _is_replaced(storage: Storage, key: str) -> bool:
    folder, _slash, name = key.rpartition("/")
    if key.startswith(BACKUPS + "/"):
        is_kept = storage.stat(record_key(folder.rpartition("/")[2])) is not None
        return not is_kept or storage.stat(key) is not None
    if not key.startswith(WAL + "/"):
        return False
    # The good copy may be compressed otherwise. Where its folder is empty, retention has removed what was in it.
    is_whole = any(stat is not None for stat in storage.stat_many(wal_keys(logical_name(told_of(name)))))
    return is_whole or not storage.list(folder)


__all__ = ("find_replaced", "keep_aside", "remove_replaced", "set_aside")
