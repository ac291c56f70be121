# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two repositories with the same two backups and six segments, and the healing of the second from the first."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.healed import HealOutcome
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.report import VerifyReport
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.copying.backups import (
    copy_backups,
    missing_backups,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.copying.wal import WalCopy
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.healing.heal import heal
from two_repositories import TwoRepositories
from verify_repository import FULL, MOMENT, NEXT, verification, write_backup


class Twins(TwoRepositories):
    """`near` and `far`, alike."""

    def __init__(self, directory: Path, *, compression: str = "gzip") -> None:
        super().__init__(directory)
        write_backup(self.near)
        write_backup(self.near, label=NEXT, parent=FULL, first=4)
        self.store(self.near, *range(3, 9), compression=compression)
        WalCopy(self.near, self.far).run(self.far.stored_wal())
        copy_backups(
            missing_backups(self.near, self.far, stored=self.far.stored_wal()), source=self.near, target=self.far
        )

    @property
    def others(self) -> list[Repository]:
        """What the second one is healed from."""
        return [Repository(str(Path(self.near.path).parent), name="near")]

    def verified(self) -> VerifyReport:
        """What a verification of the second one finds."""
        return verification(self.far).run()

    def healed(self) -> HealOutcome:
        """Heal what it finds."""
        return heal(self.verified().findings, target=self.far, others=self.others, now=MOMENT)


def stored_in(folder: ClusterFolder) -> dict[str, bytes]:
    """What lies there but for locks, quarantine and notes of verification."""
    base = Path(folder.path)
    paths = (path for path in base.rglob("*") if path.is_file() and path.name[0] != "." and path.name != "verify.json")
    return {
        name: path.read_bytes() for path in paths if not (name := str(path.relative_to(base))).startswith("quarantine/")
    }


def quarantined(folder: ClusterFolder) -> dict[str, bytes]:
    """The bytes that were kept aside, by their names there."""
    base = Path(folder.path) / "quarantine"
    return {str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*") if path.is_file()}
