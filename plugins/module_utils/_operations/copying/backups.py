# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing the backups of a cluster from one repository to another: the record last, once all else is verified."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from ..._core.backup.manifest import MANIFEST_LIMIT_BYTES, Manifest
from ..._core.backup.manifest_check import ManifestComparison
from ..._core.backup.tar_limits import TarLimits
from ..._core.catalogue.record import Backup
from ..._core.catalogue.tar_names import path_prefix
from ..._core.errors import AlreadyStored, Damaged, Missing, Unavailable
from ..._core.repository.layout import (
    AGE_SUFFIX,
    MANIFEST_NAME,
    ORIGIN_NAME,
    PIN_NAME,
    backup_folder,
    is_encrypted,
    is_tar_name,
    record_key,
)
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.listing import StoredWal
from ..._io.catalogue.manifest_file import manifest_lines
from ..._io.catalogue.records import read_backups
from ..._io.catalogue.stored_archive import archive_pieces
from ..._io.host.files import SMALL_FILE_BYTES
from ..._io.repository.backup_hold import hold_backups
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.own_file import read_own
from ..._io.repository.same_history import repositories_differ
from ..._io.storage.room import check_room
from ..._io.stream.checksum import NO_CHECKSUM, can_compute
from ..._io.stream.tar_digest import TarDigest
from .bounded import at_most

_SHOWN = 3


@dataclass
class CopiedBackups:
    """The labels of the backups that were copied, or would be, and what could not be, with the reason."""

    labels: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def missing_backups(source: ClusterFolder, target: ClusterFolder, *, stored: StoredWal) -> list[Backup]:
    """Those that the target lacks, oldest first; ``stored`` is its listing.

    What the target's own retention has removed, with the WAL that it begins with, is not missing. Raises Refused
    (``repositories-differ``) for two backups of one label.
    """
    found = []
    for backup in read_backups(source):
        own = target.storage.read_all(record_key(backup.label))
        if own is None:
            expired = stored.expired.get(backup.timeline, IntervalSet())
            found += [] if backup.first_segment.number in expired else [backup]
        elif own != source.storage.read_all(record_key(backup.label)):
            raise repositories_differ(target.storage, source.storage, name=record_key(backup.label))
    return found


def copy_backups(backups: list[Backup], *, source: ClusterFolder, target: ClusterFolder) -> CopiedBackups:
    """Copy these, each held in the source meanwhile. Whoever calls it holds the target's lock of backups.

    Raises Unavailable where either is away.
    """
    done = CopiedBackups()
    known = target.identity().system_identifiers
    for backup in backups:
        if backup.system_identifier not in known:
            done.problems.append(
                f"the backup {backup.label} was not copied: it has the system identifier {backup.system_identifier},"
                " which is not registered there"
            )
            continue
        if backup.parent is not None and not target.has_backup(backup.parent):
            done.problems.append(f"the backup {backup.label} was not copied: {backup.parent}, its parent, is not there")
            continue
        try:
            with hold_backups(source, [backup.label]):
                _copy(backup, source=source, target=target)
        except (Damaged, Missing, Unavailable) as error:
            if isinstance(error, Unavailable) and error.code != "repository-full":
                raise
            target.storage.delete_below(backup_folder(backup.label))
            done.problems.append(f"the backup {backup.label} was not copied: {error.message}")
            continue
        done.labels.append(backup.label)
    return done


def _copy(backup: Backup, *, source: ClusterFolder, target: ClusterFolder) -> None:
    record = source.storage.read_all(record_key(backup.label))
    try:
        _put_files(backup, source=source, target=target)
    except AlreadyStored:
        # Left by a run that was killed, and no file of this backup: without its record it is none.
        target.storage.delete_below(backup_folder(backup.label))
        _put_files(backup, source=source, target=target)
    check_backup(target, backup)
    if record is None:
        raise Missing(
            "it was removed meanwhile", code="not-stored", hint="Somebody has removed it by hand: copy again."
        )
    target.storage.put(record_key(backup.label), [record])


def _put_files(backup: Backup, *, source: ClusterFolder, target: ClusterFolder) -> None:
    """Copy all but the record; what an earlier run has copied is the same. Raises AlreadyStored where it is not."""
    folder = backup_folder(backup.label)
    most_bytes = _limits(backup, sizes=_checked_sizes(source, backup))
    # Whoever fills it up stops what is archived there, too.
    check_room(target.storage, needed_bytes=backup.stored_bytes - sum(_sizes(target, backup)))
    for name in sorted(most_bytes.keys() & {*source.storage.list(folder)}):
        key = f"{folder}/{name}"
        with read_own(source.storage, key) as reading:
            target.storage.put(key, at_most(reading, most_bytes[name], address=source.storage.address(key)))


def _checked_sizes(source: ClusterFolder, backup: Backup) -> dict[str, int]:
    """The bytes of each recorded file, together as many as are recorded. Raises Damaged (``backup-damaged``)."""
    sizes = dict(zip(backup.files, _sizes(source, backup)))
    found = sum(sizes.values())
    if found == backup.stored_bytes:
        return sizes
    raise Damaged(
        f"its files in '{source.storage.address(backup_folder(backup.label))}' have {found} bytes, and"
        f" {backup.stored_bytes} are recorded",
        code="backup-damaged",
        hint="Verify the repository that it is copied from.",
    )


def _limits(backup: Backup, *, sizes: Mapping[str, int]) -> dict[str, int]:
    """The files that a backup may have besides its record, and the most bytes of each."""
    small = (ORIGIN_NAME, ORIGIN_NAME + AGE_SUFFIX, PIN_NAME)
    manifest = min(sizes.get(MANIFEST_NAME, MANIFEST_LIMIT_BYTES), MANIFEST_LIMIT_BYTES)
    return {**dict.fromkeys(small, SMALL_FILE_BYTES), **sizes, MANIFEST_NAME: manifest}


def check_backup(folder: ClusterFolder, backup: Backup) -> None:
    """Return when the files of the backup are whole, read from where they were copied to.

    What is encrypted is compared with the digests in its record. Raises Damaged (``backup-damaged``,
    ``archive-damaged``, ``manifest-damaged``, …), Missing (``not-stored``).
    """
    manifest = Manifest.of_lines(manifest_lines(folder.storage, backup.label))
    is_compared = can_compute(manifest.algorithm)
    found = ManifestComparison(manifest, with_checksums=is_compared)
    archives = [name for name in backup.files if is_tar_name(name)]
    for name in archives:
        if is_encrypted(name):
            _check_digest(folder, backup, name=name)
            continue
        digest = TarDigest(
            algorithm=manifest.algorithm if is_compared else NO_CHECKSUM,
            prefix=path_prefix(name[: -len(backup.tar_suffix)]),
            limits=TarLimits(manifest.files),
            found=found,
        )
        with closing(archive_pieces(folder, backup, name=name)) as pieces:
            for piece in pieces:
                digest.feed(piece)
        digest.finish()
    differences = () if backup.is_encrypted else found.differences()
    if differences:
        raise _damaged(folder, backup, what="; ".join(differences[:_SHOWN]))
    if sum(_sizes(folder, backup)) != backup.stored_bytes:
        raise _damaged(folder, backup, what=f"it does not have the {backup.stored_bytes} bytes that are recorded")


def _check_digest(folder: ClusterFolder, backup: Backup, *, name: str) -> None:
    digest = hashlib.sha256()
    with folder.storage.read(f"{backup_folder(backup.label)}/{name}") as reading:
        for piece in reading:
            digest.update(piece)
    if digest.hexdigest() != backup.digests.get(name):
        raise _damaged(folder, backup, what=f"'{name}' is not what was stored")


def _sizes(folder: ClusterFolder, backup: Backup) -> Iterator[int]:
    for name in backup.files:
        found = folder.storage.stat(f"{backup_folder(backup.label)}/{name}")
        yield found[0] if found else 0


def _damaged(folder: ClusterFolder, backup: Backup, *, what: str) -> Damaged:
    return Damaged(
        f"the copy in '{folder.storage.address(backup_folder(backup.label))}' is damaged: {what}",
        code="backup-damaged",
        hint="Verify the repository that it was copied from.",
    )


__all__ = ("CopiedBackups", "check_backup", "copy_backups", "missing_backups")
