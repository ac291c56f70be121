# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the catalogue of a cluster from its folder in the repository."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from ..._core.catalogue.catalogue import Catalogue, catalogue_of
from ..._core.catalogue.record import RECORD_NAME, Backup, is_backup_label
from ..._core.errors import Damaged
from ..repository.cluster_folder import ClusterFolder
from ..storage.read_error import not_readable
from .wal_inventory import read_wal_inventory

_CHUNK_BYTES = 16384
_RECORD_HINT = (
    "Restore the file from a copy of the repository, or remove the backup's directory; the others can be used."
)


@dataclass(frozen=True)
class Records:
    """The backups that are recorded, oldest first, and what cannot be read: (label, reason)."""

    backups: tuple[Backup, ...]
    damaged: tuple[tuple[str, str], ...]


def read_records(folder: ClusterFolder, *, labels: Iterable[str] | None = None) -> Records:
    """Every recorded backup. A directory without a record is none; a record that cannot be read is named.

    ``labels`` are those of an earlier :func:`backup_labels`. Raises Unavailable (``repository-not-readable``).
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
    directory, found = folder.backups_directory, []
    for backup in backups:
        reason = _what_it_lacks(f"{directory}/{backup.label}", backup)
        # Retention takes a backup's directory away at once.
        if reason and os.path.lexists(f"{directory}/{backup.label}/{RECORD_NAME}"):
            found.append((backup.label, reason))
    return tuple(found)


def read_catalogue(folder: ClusterFolder) -> Catalogue:
    """Backups, windows (without the times of their last commits) and gaps of a cluster, as they are now."""
    known, records = read_wal_inventory(folder, folder.stored_wal()), read_records(folder)
    return catalogue_of(records.backups, wal=known.wal, damaged=dict((*records.damaged, *known.damage.backups)))


def backup_labels(folder: ClusterFolder) -> list[str]:
    """The directories that can be backups, sorted. Raises Unavailable (``repository-not-readable``)."""
    try:
        return sorted(name for name in os.listdir(folder.backups_directory) if is_backup_label(name))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise not_readable(folder.backups_directory, error) from error


def _what_it_lacks(directory: str, backup: Backup) -> str:
    """What is wrong with the names and sizes of a backup's files; empty: nothing."""
    stored_bytes = 0
    for name in backup.files:
        try:
            stored_bytes += os.stat(f"{directory}/{name}").st_size
        except FileNotFoundError:
            return f"'{name}' is missing"
        except OSError as error:
            raise not_readable(f"{directory}/{name}", error) from error
    if stored_bytes == backup.stored_bytes:
        return ""
    return f"its files have {stored_bytes} bytes, and {backup.stored_bytes} are recorded"


def _read_record(folder: ClusterFolder, label: str) -> Backup | None:
    path = f"{folder.backups_directory}/{label}/{RECORD_NAME}"
    try:
        text = _read_small(path)
    except (OSError, UnicodeDecodeError) as error:
        raise Damaged(f"cannot read '{path}': {error}", code="backup-record-damaged", hint=_RECORD_HINT) from error
    if text is None:
        return None
    backup = Backup.parse(text)
    if backup.label != label:
        raise Damaged(f"'{path}' records the backup '{backup.label}'", code="backup-record-damaged", hint=_RECORD_HINT)
    return backup


def _read_small(path: str) -> str | None:
    """A small file's text, ``None`` when there is none. Of thousands, ``open`` would take up half the time."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        content = b""
        while True:
            chunk = os.read(descriptor, _CHUNK_BYTES)
            content += chunk
            if not chunk:
                return content.decode("utf-8")
    finally:
        os.close(descriptor)


__all__ = (
    "Records",
    "backup_labels",
    "incomplete_backups",
    "read_backups",
    "read_catalogue",
    "read_records",
)
