# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damage in a repository that an earlier verification has found and that still exists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..._core.errors import Damaged, Unavailable
from ..._core.instant import format_instant
from ..._core.repository.layout import BACKUPS, VERIFY_FILE, backup_folder
from ..._core.verify.damage import Damage, DamageRecord, FileIdentity
from ..._core.verify.state_text import parse_damage
from ..repository.cluster_folder import ClusterFolder
from ..storage.file_errors import is_away
from ..storage.port import Storage
from ..wal.lookup import stat_stored


@dataclass(frozen=True)
class KnownDamage:
    """The names of unreadable segments, and the backups that can't be restored, as (label, reason)."""

    segments: tuple[str, ...] = ()
    backups: tuple[tuple[str, str], ...] = ()

    @property
    def labels(self) -> frozenset[str]:
        """The labels of the backups."""
        return frozenset(label for label, _reason in self.backups)


def read_known_damage(folder: ClusterFolder) -> KnownDamage:
    """The recorded damage of files that were not replaced since; none without a readable record.

    Of several repositories only what each has damaged that has it at all.
    """
    found = [(each, _damage_in(each)) for each in folder.members]
    if len(found) == 1:
        return found[0][1]
    segments = {name for _each, damage in found for name in damage.segments}
    backups = dict(pair for _each, damage in found for pair in damage.backups)
    return KnownDamage(
        tuple(
            sorted(
                name
                for name in segments
                if all(name in damage.segments or each.find_wal(name) is None for each, damage in found)
            )
        ),
        tuple(
            (label, reason)
            for label, reason in backups.items()
            if all(label in damage.labels or not each.has_backup(label) for each, damage in found)
        ),
    )


def _damage_in(folder: ClusterFolder) -> KnownDamage:
    record = _read_record(folder.storage)
    segments = sorted(
        name for name, damage in record.segments.items() if _is_damaged_segment(folder, name=name, damage=damage)
    )
    return KnownDamage(tuple(segments), tuple(_damaged_backups(folder, record)))


def _is_damaged_segment(folder: ClusterFolder, *, name: str, damage: Damage) -> bool:
    # A segment that is gone is missing, which the catalogue reports by itself.
    found = stat_stored(folder.storage, name=name)
    present = None if found is None else FileIdentity.of_version(found[1][2])
    return present is not None and damage.is_of(present)


def _damaged_backups(folder: ClusterFolder, record: DamageRecord) -> Iterable[tuple[str, str]]:
    found: dict[str, list[str]] = {}
    for label, name in sorted(record.files):
        present = _identity(folder.storage, f"{backup_folder(label)}/{name}")
        if present is None:
            is_damaged = label in folder.storage.list(BACKUPS)
        else:
            is_damaged = record.files[label, name].is_of(present)
        if is_damaged:
            found.setdefault(label, []).append(name)
    for label, names in found.items():
        moment = max(record.files[label, name].moment for name in names)
        quoted = ", ".join(f"'{name}'" for name in names)
        yield label, f"verification found {quoted} damaged at {format_instant(moment)}"


def _identity(storage: Storage, key: str) -> FileIdentity | None:
    found = storage.stat(key)
    return None if found is None else FileIdentity.of_version(found[2])


def _read_record(storage: Storage) -> DamageRecord:
    try:
        return parse_damage((storage.read_all(VERIFY_FILE) or b"{}").decode("utf-8"))
    except (OSError, ValueError, Damaged, Unavailable) as error:
        if is_away(error):
            raise
        # The next verification reports this, and begins anew.
        return DamageRecord()


__all__ = ("KnownDamage", "read_known_damage")
