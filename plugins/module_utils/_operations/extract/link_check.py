# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the links of a chain before any of them is extracted."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from ..._core.backup.backup_label import LABEL_NAME, BackupLabel
from ..._core.catalogue.chain import Chain
from ..._core.catalogue.record import Backup
from ..._core.errors import Damaged, Missing
from ..._core.repository.layout import backup_folder
from ..._io.catalogue.chain_files import files_fault
from ..._io.catalogue.stored_archive import archive_pieces
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.stream.checksum import NO_CHECKSUM
from ..._io.stream.tar_digest import TarDigest
from .backup import backup_damaged
from .manifests import Manifests


@dataclass(frozen=True)
class LinkFault:
    """The link with this label can't be restored: why, and the failure of a restore that needs it.

    ``error`` has the code ``backup-damaged`` or ``chain-broken``.
    """

    label: str
    reason: str
    error: Damaged


def link_fault(chain: Chain, *, folder: ClusterFolder, manifests: Manifests) -> LinkFault | None:
    """What is wrong with the first link at fault, ``None`` when all can be extracted.

    Each has to have a whole manifest and its archives in the recorded size, and to build on the one before. What is
    inside the archives is compared with the manifest while they are extracted.
    """
    before: BackupLabel | None = None
    for link in chain.links:
        directory = folder.storage.address(backup_folder(link.label))
        reason = _content_fault(folder, link, manifests=manifests)
        if reason:
            return LinkFault(link.label, reason, backup_damaged(directory, reason))
        try:
            label = stored_label(link, folder=folder)
            if before is not None:
                _check_follows(before, label, link=link)
        except Damaged as error:
            return LinkFault(link.label, error.message, error)
        before = label
    return None


def _content_fault(folder: ClusterFolder, link: Backup, *, manifests: Manifests) -> str:
    """What is wrong with a link's files without their content, and with its manifest; empty: nothing."""
    fault = files_fault(folder, link=link)
    if fault:
        return f"it {fault}"
    if link.stored_tablespaces != link.tablespaces.keys():
        # An archive without a place would be left out, as those of dropped tablespaces are.
        return _other_tablespaces(link)
    try:
        manifests.of(link.label)
    except Damaged as error:
        return error.message
    return ""


def stored_label(backup: Backup, *, folder: ClusterFolder) -> BackupLabel:
    """The file ``backup_label`` in a stored backup; it is the first in its archive, so that little is read.

    Raises Damaged (``backup-damaged``).
    """
    digest = TarDigest(algorithm=NO_CHECKSUM)
    directory = folder.storage.address(backup_folder(backup.label))
    pieces = archive_pieces(folder, backup, name=f"base{backup.tar_suffix}")
    try:
        with closing(pieces):
            for piece in pieces:
                digest.feed(piece)
                if LABEL_NAME in digest.files:
                    return BackupLabel.parse(digest.kept.get(LABEL_NAME, b"").decode("utf-8", "replace"))
                if digest.files:
                    break
    except (Damaged, Missing) as error:
        raise backup_damaged(directory, error.message) from error
    raise backup_damaged(directory, f"there is no '{LABEL_NAME}' at its beginning")


def _other_tablespaces(link: Backup) -> str:
    archives, recorded = sorted(link.stored_tablespaces), sorted(link.tablespaces)
    return f"it has archives of the tablespaces {archives}, and its record has {recorded}"


def _check_follows(before: BackupLabel, label: BackupLabel, *, link: Backup) -> None:
    if (label.incremental_from, label.timeline) != (before.start_lsn, before.timeline):
        raise Damaged(
            f"backup '{link.label}' builds on one that began at {label.incremental_from} on timeline {label.timeline}, "
            f"and '{link.parent}' began at {before.start_lsn} on timeline {before.timeline}",
            code="chain-broken",
            hint="Somebody has moved backups of the repository. Restore from another one, and take a full one.",
        )


__all__ = ("LinkFault", "link_fault", "stored_label")
