# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the files of a chain are there for an incremental backup to build on."""

from __future__ import annotations

from ..._core.backup.incremental_obstacle import Obstacle, link_unusable, manifest_unusable
from ..._core.catalogue.chain import Chain
from ..._core.catalogue.record import Backup
from ..._core.errors import Damaged, Missing, PitrError, Unavailable
from ..._core.repository.layout import backup_folder, manifest_key
from ..repository.cluster_folder import ClusterFolder
from .manifest_file import check_stored_manifest, stored_manifest_head


def chain_fault(folder: ClusterFolder, chain: Chain) -> Obstacle | None:
    """What is wrong with the files of a chain; ``None`` when every link has its files and a good manifest.

    The archives' content is not read: that is what ``backup_verify`` is for.
    """
    *before, _last = chain.links
    for link in before:
        fault = _manifest_fault(folder, link)
        if fault:
            return manifest_unusable(link.label, reason=fault)
    fault = _parent_fault(folder, parent=chain.backup)
    if fault:
        return manifest_unusable(chain.backup.label, reason=fault)
    return chain_files_fault(folder, chain)


def chain_files_fault(folder: ClusterFolder, chain: Chain) -> Obstacle | None:
    """What is wrong with the names and sizes of a chain's files; ``None``: nothing."""
    for link in chain.links:
        fault = files_fault(folder, link=link)
        if fault:
            return link_unusable(link.label, reason=fault)
    return None


def files_fault(folder: ClusterFolder, *, link: Backup) -> str:
    """What is wrong with the names and sizes of a backup's files, after its name in a sentence; empty: nothing."""
    stored_bytes = 0
    keys = [f"{backup_folder(link.label)}/{name}" for name in link.files]
    for name, found in zip(link.files, folder.storage.stat_many(keys)):
        if found is None:
            return f"has lost '{name}'"
        stored_bytes += found[0]
    return "" if stored_bytes == link.stored_bytes else f"has {stored_bytes} bytes instead of {link.stored_bytes}"


def _manifest_fault(folder: ClusterFolder, link: Backup) -> str:
    """What is wrong with the manifest of a link that nothing is built on directly: it is compared with its checksum."""
    path = folder.storage.address(manifest_key(link.label))
    try:
        check_stored_manifest(folder.storage, link.label)
    except (Damaged, Missing, Unavailable, OSError) as error:
        return _reading_fault(path, error)
    return ""


def _parent_fault(folder: ClusterFolder, *, parent: Backup) -> str:
    """What is wrong with the manifest that the server is to read."""
    path = folder.storage.address(manifest_key(parent.label))
    try:
        manifest = stored_manifest_head(folder.storage, parent.label)
    except (Damaged, Missing, Unavailable, OSError) as error:
        return _reading_fault(path, error)
    if manifest.wal_ranges[-1].start != parent.start_lsn:
        return f"it is of a backup that begins at {manifest.wal_ranges[-1].start}, not {parent.start_lsn}"
    return ""


def _reading_fault(path: str, error: PitrError | OSError) -> str:
    if isinstance(error, OSError):
        return f"cannot read '{path}': {error.strerror}"
    return f"'{path}' is missing" if isinstance(error, Missing) else error.message


__all__ = ("chain_fault", "chain_files_fault", "files_fault")
