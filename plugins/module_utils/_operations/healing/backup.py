# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Healing the files of a backup in one repository from another in which they are whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..._core.catalogue.record import Backup
from ..._core.errors import Damaged, Missing
from ..._core.repository.layout import RECORD_NAME, backup_folder, origin_key, record_key
from ..._io.host.rate_limit import RateLimit
from ..._io.repository.backup_hold import hold_backups
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.own_file import read_own
from ..._io.repository.quarantine import keep_aside, set_aside
from ..._io.repository.several_folders import NamedFolder
from ..._io.storage.port import Storage
from ..verify.origin import check_origin
from ..verify.tar_file import FileTask, verify_file
from .wal import source_missing, whole_by_now


@dataclass(frozen=True)
class BackupHealing:
    """Of ``target`` from ``sources``, in their order; ``token`` is for the names of damaged bytes."""

    target: ClusterFolder
    sources: Sequence[NamedFolder]
    token: str

    def heal(self, label: str, *, name: str) -> str:
        """Bring a file of a backup, which is missing or damaged; the name of the repository that it came from.

        It is taken only from a backup with the very same record, verified there before the damaged one is touched, and
        read back. Raises as :meth:`WalHealing.heal`.
        """
        reasons = []
        is_record = name == RECORD_NAME
        record = self.target.storage.read_all(record_key(label))
        for each in self.sources:
            other = each.folder.storage.read_all(record_key(label))
            if other is None:
                continue
            if not is_record and other != record:
                reasons.append(f"'{each.name}' has another backup of this label")
                continue
            with hold_backups(each.folder, [label]), hold_backups(self.target, [label]):
                fault = _fault(each.folder.storage, record=other, name=name)
                if fault is not None:
                    reasons.append(f"'{each.name}': {fault}")
                    continue
                self._replace(each.folder.storage, record=other, name=name, label=label)
            return each.name
        raise source_missing(f"{label}/{name}", reasons=reasons)

    def _replace(self, source: Storage, *, record: bytes, name: str, label: str) -> None:
        storage, key = self.target.storage, f"{backup_folder(label)}/{name}"
        found = storage.stat(key)
        damaged = storage.read_all(key) or b"" if name == RECORD_NAME else record
        if found is not None and _fault(storage, record=damaged, name=name) is None:
            raise whole_by_now(storage.address(key))
        if found is not None and name == RECORD_NAME:
            # Without a record the backup would be stale for a moment, and removed.
            keep_aside(storage, key, token=self.token)
            storage.put(key, [record], replaces=found[2])
            return
        if found is not None:
            set_aside(storage, key, version=found[2], token=self.token)
        with read_own(source, key) as reading:
            storage.put(key, reading)
        fault = _fault(storage, record=record, name=name)
        if fault is not None:
            raise Damaged(
                f"'{storage.address(key)}' is damaged again: {fault}",
                code="backup-damaged",
                hint="Look at the disk of the repository, and verify again.",
            )


def _fault(storage: Storage, *, record: bytes, name: str) -> str | None:
    """What is wrong with a file of the backup, in words; ``None``: nothing."""
    try:
        backup = Backup.parse(record.decode("utf-8"))
    except (Damaged, UnicodeError) as error:
        return f"its record cannot be read: {error}"
    if name == RECORD_NAME:
        return None
    found = storage.stat(f"{backup_folder(backup.label)}/{name}")
    if found is None:
        return f"'{name}' is missing"
    if name == origin_key(backup.label, is_encrypted=backup.is_encrypted).rpartition("/")[2]:
        return next((each.message for each in check_origin(backup, storage)), None)
    task = FileTask(backup, name, found[0])
    try:
        result = verify_file(task, storage=storage, note=lambda _count: None, rate_limit=RateLimit(None))
    except Missing as error:
        return error.message
    if result.findings:
        return result.findings[0].message
    return None if result.is_compared else f"'{name}' cannot be compared with its manifest, which is damaged or missing"


__all__ = ("BackupHealing",)
