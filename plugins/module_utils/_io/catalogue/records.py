# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the catalogue of a cluster from its folder in the repository."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..._core.catalogue.catalogue import Catalogue, catalogue_of
from ..._core.catalogue.record import Backup, is_backup_label
from ..._core.errors import Damaged, Unavailable
from ..._core.repository.layout import BACKUPS, backup_folder, record_key
from ..._core.wal.listing import StoredWal
from ..repository.cluster_folder import ClusterFolder
from ..storage.file_errors import is_away
from ..storage.port import Storage
from .wal_inventory import read_wal_inventory

_RECORD_HINT = (
    "Restore the file from a copy of the repository, or remove the backup's directory; the others can be used."
)


@dataclass(frozen=True)
class Records:
    """The backups that are recorded, oldest first, and what cannot be read: (label, reason)."""

    backups: tuple[Backup, ...]
    damaged: tuple[tuple[str, str], ...]


def read_records(folder: ClusterFolder, *, labels: Iterable[str] | None = None) -> Records:
    """Every recorded backup. What has no record is none; a record that cannot be read is named.

    ``labels`` are those of an earlier :func:`backup_labels`. Raises Unavailable (``repository-not-readable``,
    ``repository-unreachable``, …).
    """
    backups, damaged = [], []
    for label in backup_labels(folder) if labels is None else labels:
        try:
            backup = _read_record(folder, label)
        except Damaged as error:
            damaged.append((label, error.message))
            continue
        if backup is not None:
            backups.append(backup)
    return Records(tuple(sorted(backups, key=lambda each: (each.stop_time, each.label))), tuple(damaged))


def read_backups(folder: ClusterFolder) -> tuple[Backup, ...]:
    """The recorded backups, oldest first; damaged records are left out (see :func:`read_records`)."""
    return read_records(folder).backups


def incomplete_backups(folder: ClusterFolder, backups: Iterable[Backup]) -> tuple[tuple[str, str], ...]:
    """Those of recorded backups that lack a file, or whose files have another size than was recorded: (label, reason).

    Only names and sizes are looked at, so that it is cheap for thousands. Raises Unavailable
    (``repository-not-readable``).
    """
    found = []
    for backup in backups:
        reason = _what_it_lacks(folder.storage, backup)
        # Retention removes the record first.
        if reason and folder.storage.stat(record_key(backup.label)) is not None:
            found.append((backup.label, reason))
    return tuple(found)


def read_catalogue(folder: ClusterFolder, stored: StoredWal | None = None) -> Catalogue:
    """Backups, windows (without the times of their last commits) and gaps of a cluster, as they are now.

    ``stored`` is the listing of its WAL; ``None``: it is made.
    """
    known = read_wal_inventory(folder, stored if stored is not None else folder.stored_wal())
    records = read_records(folder)
    return catalogue_of(records.backups, wal=known.wal, damaged=dict((*records.damaged, *known.damage.backups)))


def backup_labels(folder: ClusterFolder) -> list[str]:
    """The names that can be those of backups, sorted. Raises Unavailable (``repository-not-readable``)."""
    return sorted(name for name in folder.storage.list(BACKUPS) if is_backup_label(name))


def _what_it_lacks(storage: Storage, backup: Backup) -> str:
    """What is wrong with the names and sizes of a backup's files; empty: nothing."""
    place, stored_bytes = backup_folder(backup.label), 0
    for name, found in zip(backup.files, storage.stat_many(f"{place}/{name}" for name in backup.files)):
        if found is None:
            return f"'{name}' is missing"
        stored_bytes += found[0]
    if stored_bytes == backup.stored_bytes:
        return ""
    return f"its files have {stored_bytes} bytes, and {backup.stored_bytes} are recorded"


def _read_record(folder: ClusterFolder, label: str) -> Backup | None:
    path = folder.storage.address(record_key(label))
    try:
        content = folder.storage.read_all(record_key(label))
        text = None if content is None else content.decode("utf-8")
    except (OSError, UnicodeDecodeError, Damaged, Unavailable) as error:
        if is_away(error):
            raise
        raise Damaged(f"cannot read '{path}': {error}", code="backup-record-damaged", hint=_RECORD_HINT) from error
    if text is None:
        return None
    backup = Backup.parse(text)
    if backup.label != label:
        raise Damaged(f"'{path}' records the backup '{backup.label}'", code="backup-record-damaged", hint=_RECORD_HINT)
    return backup


__all__ = (
    "Records",
    "backup_labels",
    "incomplete_backups",
    "read_backups",
    "read_catalogue",
    "read_records",
)
