# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a backup's record against its tar files, its manifest, and the label inside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..backup.backup_label import BackupLabel
from ..backup.manifest import ManifestHead
from ..catalogue.record import INCREMENTAL, Backup
from ..catalogue.tar_names import BASE
from ..errors import PitrError
from ..repository.layout import MANIFEST_NAME, RECORD_NAME, is_tar_name
from .finding import ARCHIVE, CHAIN, MANIFEST, RECORD, Finding


def check_record(
    backup: Backup, *, system_identifiers: Iterable[str], by_label: Mapping[str, Backup]
) -> Iterator[Finding]:
    """Problems in the record alone: another cluster's backup, missing names of tar files, a parent that is missing or
    does not match. ``by_label`` has all backups."""
    if backup.system_identifier not in tuple(system_identifiers):
        yield _wrong_record(backup, f"belongs to the cluster with system identifier {backup.system_identifier}")
    for stem in (BASE, *(str(oid) for oid in sorted(backup.tablespaces))):
        if stem + backup.tar_suffix not in backup.files:
            yield _wrong_record(backup, f"does not list '{stem}{backup.tar_suffix}'")
    for oid in sorted(backup.stored_tablespaces - backup.tablespaces.keys()):
        yield _wrong_record(backup, f"has no location for the tablespace of '{oid}{backup.tar_suffix}'")
    if MANIFEST_NAME not in backup.files:
        yield _wrong_record(backup, f"does not list '{MANIFEST_NAME}'")
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
    """Missing and surplus files in the backup's directory, given as sizes in bytes by name, and wrong sizes."""
    missing = [name for name in backup.files if name not in sizes]
    for name in missing:
        kind, code = (MANIFEST, "manifest-missing") if name == MANIFEST_NAME else (ARCHIVE, "archive-missing")
        message = f"'{name}' of backup '{backup.label}' is missing, but listed in its record"
        yield Finding(kind, code, message, backup=backup.label, file=name)
    for name in sorted(sizes):
        is_data = is_tar_name(name) or name == MANIFEST_NAME
        if is_data and name not in backup.files:
            message = f"'{name}' is in backup '{backup.label}', but not listed in its record"
            yield Finding(RECORD, "backup-record-differs", message, backup=backup.label, file=name)
    stored_bytes = sum(sizes[name] for name in backup.files if name in sizes)
    if not missing and stored_bytes != backup.stored_bytes:
        message = (
            f"the files of backup '{backup.label}' have {stored_bytes} bytes, but '{RECORD_NAME}' says "
            f"{backup.stored_bytes}"
        )
        yield Finding(RECORD, "backup-record-differs", message, backup=backup.label, file=RECORD_NAME)


def check_manifest(backup: Backup, manifest: ManifestHead) -> Iterator[Finding]:
    """Differences between an intact manifest and the record: of another backup, or of another cluster."""
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
            message = f"the manifest of backup '{backup.label}' has {what} {found}, but its record has {recorded}"
            yield Finding(MANIFEST, "backup-record-differs", message, backup=backup.label, file=MANIFEST_NAME)


def check_label(backup: Backup, text: str, *, parent: Backup | None, file: str) -> Iterator[Finding]:
    """Differences between the ``backup_label`` inside the tar file and the record, or the parent's record.

    An incremental backup names the start of its parent; pg_combinebackup refuses any other.
    """
    try:
        label = BackupLabel.parse(text)
    except PitrError as error:
        yield Finding(ARCHIVE, error.code, f"backup '{backup.label}': {error.message}", backup=backup.label, file=file)
        return
    if label.start_lsn != backup.start_lsn:
        message = f"backup '{backup.label}' begins at {label.start_lsn}, but its record says {backup.start_lsn}"
        yield Finding(RECORD, "backup-record-differs", message, backup=backup.label, file=file)
    former = label.incremental_from
    if parent is not None and former is not None and former != parent.start_lsn:
        message = (
            f"backup '{backup.label}' is based on one that begins at {former}, but its parent "
            f"'{parent.label}' begins at {parent.start_lsn}"
        )
        yield Finding(CHAIN, "chain-broken", message, backup=backup.label, file=file)


def _wrong_record(backup: Backup, what: str) -> Finding:
    message = f"the record of backup '{backup.label}' {what}"
    return Finding(RECORD, "backup-record-differs", message, backup=backup.label, file=RECORD_NAME)


__all__ = ("check_label", "check_listing", "check_manifest", "check_record")
