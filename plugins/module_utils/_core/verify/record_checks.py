# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup's record against what lies beside it: the archives, the manifest, the label inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ..backup.backup_label import BackupLabel
from ..backup.manifest import Manifest
from ..catalogue.record import INCREMENTAL, MANIFEST_NAME, RECORD_NAME, Backup
from ..catalogue.tar_names import BASE
from ..errors import PitrError
from .finding import ARCHIVE, CHAIN, MANIFEST, RECORD, Finding

_ARCHIVE_NAME = re.compile(r"\.tar(\.[a-z0-9]+)?$")


def check_record(
    backup: Backup, *, system_identifiers: Iterable[str], by_label: Mapping[str, Backup]
) -> Iterator[Finding]:
    """What the record alone says wrong: another cluster's backup, archives that it ought to name, a parent that is
    not there or does not fit. ``by_label`` are all backups."""
    if backup.system_identifier not in tuple(system_identifiers):
        yield _wrong_record(backup, f"is of the cluster with system identifier {backup.system_identifier}")
    for stem in (BASE, *(str(oid) for oid in sorted(backup.tablespaces))):
        if stem + backup.archive_suffix not in backup.files:
            yield _wrong_record(backup, f"names no '{stem}{backup.archive_suffix}'")
    for oid in sorted(backup.archived_tablespaces - backup.tablespaces.keys()):
        yield _wrong_record(backup, f"has no location for the tablespace of '{oid}{backup.archive_suffix}'")
    if MANIFEST_NAME not in backup.files:
        yield _wrong_record(backup, f"names no '{MANIFEST_NAME}'")
    yield from _check_parent(backup, by_label)


def _check_parent(backup: Backup, by_label: Mapping[str, Backup]) -> Iterator[Finding]:
    if backup.type != INCREMENTAL:
        return
    parent = by_label.get(backup.parent or "")
    if parent is None:
        message = f"backup '{backup.label}' builds on '{backup.parent}', which is not in the repository"
        yield Finding(CHAIN, "chain-broken", message, backup=backup.label)
    elif parent.system_identifier != backup.system_identifier or parent.start_lsn >= backup.start_lsn:
        message = (
            f"backup '{backup.label}' can't build on '{parent.label}', which is of system identifier "
            f"{parent.system_identifier} and begins at {parent.start_lsn}"
        )
        yield Finding(CHAIN, "chain-broken", message, backup=backup.label)


def check_listing(backup: Backup, sizes: Mapping[str, int]) -> Iterator[Finding]:
    """What the backup's directory, sizes in bytes by name, has too little, too much or of another size."""
    missing = [name for name in backup.files if name not in sizes]
    for name in missing:
        kind, code = (MANIFEST, "manifest-missing") if name == MANIFEST_NAME else (ARCHIVE, "archive-missing")
        message = f"'{name}' of backup '{backup.label}' is not there, and its record names it"
        yield Finding(kind, code, message, backup=backup.label, file=name)
    for name in sorted(sizes):
        is_data = _ARCHIVE_NAME.search(name) or name == MANIFEST_NAME
        if is_data and name not in backup.files:
            message = f"'{name}' lies in backup '{backup.label}', and its record does not name it"
            yield Finding(RECORD, "backup-record-differs", message, backup=backup.label, file=name)
    stored_bytes = sum(sizes[name] for name in backup.files if name in sizes)
    if not missing and stored_bytes != backup.stored_bytes:
        message = (
            f"the files of backup '{backup.label}' have {stored_bytes} bytes, and '{RECORD_NAME}' says "
            f"{backup.stored_bytes}"
        )
        yield Finding(RECORD, "backup-record-differs", message, backup=backup.label, file=RECORD_NAME)


def check_manifest(backup: Backup, manifest: Manifest) -> Iterator[Finding]:
    """What a manifest that is whole says otherwise than the record: of another backup, or of another cluster."""
    pairs: list[tuple[str, object, object]] = [("size in bytes", manifest.size_bytes, backup.size_bytes)]
    if manifest.system_identifier is not None:
        pairs.append(("system identifier", manifest.system_identifier, backup.system_identifier))
    if manifest.wal_ranges:
        wal = manifest.wal_ranges[-1]
        pairs += [
            ("timeline", wal.timeline, backup.timeline),
            ("end of WAL", wal.end, backup.stop_lsn),
        ]
    for what, found, recorded in pairs:
        if found != recorded:
            message = f"the manifest of backup '{backup.label}' has {what} {found}, and its record {recorded}"
            yield Finding(MANIFEST, "backup-record-differs", message, backup=backup.label, file=MANIFEST_NAME)


def check_label(backup: Backup, text: str, *, parent: Backup | None, file: str) -> Iterator[Finding]:
    """What the ``backup_label`` inside the archive says otherwise than the record, and than the parent's.

    An incremental backup says where the one that it was taken on began; pg_combinebackup refuses another.
    """
    try:
        label = BackupLabel.parse(text)
    except PitrError as error:
        yield Finding(ARCHIVE, error.code, f"backup '{backup.label}': {error.message}", backup=backup.label, file=file)
        return
    if label.start_lsn != backup.start_lsn:
        message = f"backup '{backup.label}' begins at {label.start_lsn}, and its record says {backup.start_lsn}"
        yield Finding(RECORD, "backup-record-differs", message, backup=backup.label, file=file)
    former = label.incremental_from
    if parent is not None and former is not None and former != parent.start_lsn:
        message = (
            f"backup '{backup.label}' was taken on one that begins at {former}, and its parent "
            f"'{parent.label}' begins at {parent.start_lsn}"
        )
        yield Finding(CHAIN, "chain-broken", message, backup=backup.label, file=file)


def _wrong_record(backup: Backup, what: str) -> Finding:
    message = f"the record of backup '{backup.label}' {what}"
    return Finding(RECORD, "backup-record-differs", message, backup=backup.label, file=RECORD_NAME)


__all__ = ("check_label", "check_listing", "check_manifest", "check_record")
