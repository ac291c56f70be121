# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing what one repository has of a cluster to another."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from ..._core.errors import Refused
from ..._core.wal.listing import StoredWal
from ..._io.catalogue.records import read_backups
from ..._io.repository.backup_hold import hold_backups
from ..._io.repository.backup_lock import COPY, backup_lock
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.common_wal import check_common_wal, whole_timelines
from ..._io.repository.repository import Repository
from .backups import CopiedBackups, copy_backups, missing_backups
from .wal import CopiedWal, WalCopy


@dataclass(frozen=True)
class CopyOutcome:
    """What was copied, or would be, from the repository ``source`` to ``target``, both by their names."""

    source: str
    target: str
    wal: CopiedWal
    backups: CopiedBackups

    @property
    def problems(self) -> list[str]:
        """What could not be copied, with the reason."""
        return [*self.wal.problems, *self.backups.problems]


@dataclass(frozen=True)
class RepositoryCopy:
    """Of the cluster ``name``, from one repository to another; ``wait_seconds`` for a backup or retention there."""

    source: Repository
    target: Repository
    name: str
    wait_seconds: float = 0

    def rehearse(self) -> CopyOutcome:
        """What would be copied. Writes nothing. Raises as :meth:`run`."""
        source, target = self._folders()
        stored = _checked_wal(source, target)
        wal = CopiedWal()
        for key in WalCopy(source, target).missing(stored):
            found = source.storage.stat(key)
            wal.files += 1
            wal.size_bytes += found[0] if found else 0
        labels = [each.label for each in missing_backups(source, target, stored=stored)]
        return self._outcome(wal, CopiedBackups(labels))

    def run(self) -> CopyOutcome:
        """Copy WAL, then backups, which need it. What is there already is left, and a killed run is gone on with.

        Raises Refused (``repository-foreign``, ``repositories-differ``), Unavailable (``backup-running``,
        ``expire-running``, and where either is away).
        """
        source, target = self._folders()
        stored = _checked_wal(source, target)
        with ExitStack() as held:
            # Retention keeps the WAL from the oldest backup on that somebody holds.
            for backup in read_backups(source)[:1]:
                held.enter_context(hold_backups(source, [backup.label]))
            wal = WalCopy(source, target).run(stored)
            missing = missing_backups(source, target, stored=target.stored_wal())
            if not missing:
                return self._outcome(wal, CopiedBackups())
            # What has no record yet would be stale for retention, and for the next backup.
            with backup_lock(target.storage, what=COPY, wait_seconds=self.wait_seconds):
                return self._outcome(wal, copy_backups(missing, source=source, target=target))

    def _folders(self) -> tuple[ClusterFolder, ClusterFolder]:
        """The cluster's folder in each."""
        self.source.check_readable()
        self.target.check()
        source, target = self.source.cluster(self.name), self.target.cluster(self.name)
        identity, other = source.identity(), target.identity()
        if not {*identity.system_identifiers} & {*other.system_identifiers}:
            raise Refused(
                f"the repository '{self.target.name}' has as '{self.name}' another cluster than '{self.source.name}'",
                code="repository-foreign",
                hint="Two clusters never share a folder: give one of them another place.",
            )
        return source, target

    def _outcome(self, wal: CopiedWal, backups: CopiedBackups) -> CopyOutcome:
        return CopyOutcome(self.source.name, self.target.name, wal, backups)


def _checked_wal(source: ClusterFolder, target: ClusterFolder) -> StoredWal:
    """What the target has. Raises Refused (``repositories-differ``) where that is of another history."""
    stored, there = source.stored_wal(), target.stored_wal()
    check_common_wal((target.storage, there), (source.storage, stored), ranges=whole_timelines(stored))
    return there


__all__ = ("CopyOutcome", "RepositoryCopy")
