# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damage in a repository that an earlier verification found, and that nobody has repaired since."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass

from ..._core.instant import format_instant
from ..._core.verify.damage import Damage, DamageNote
from ..._core.verify.state import STATE_NAME
from ..host.files import read_text
from ..repository.cluster_folder import ClusterFolder
from ..storage.file_identity import file_identity


@dataclass(frozen=True)
class KnownDamage:
    """Names of segments that can't be read, and the backups that can't be restored: (label, reason)."""

    segments: tuple[str, ...] = ()
    backups: tuple[tuple[str, str], ...] = ()

    @property
    def labels(self) -> frozenset[str]:
        """Of the backups."""
        return frozenset(label for label, _reason in self.backups)


def read_known_damage(folder: ClusterFolder) -> KnownDamage:
    """What is noted and was not replaced since; nothing where there is no note, or none that can be read."""
    note = _read_note(f"{folder.path}/{STATE_NAME}")
    segments = sorted(
        name for name, damage in note.segments.items() if _is_damaged_segment(folder, name=name, damage=damage)
    )
    return KnownDamage(tuple(segments), tuple(_damaged_backups(folder, note)))


def _is_damaged_segment(folder: ClusterFolder, *, name: str, damage: Damage) -> bool:
    # One that is gone is missing, which the catalogue sees by itself.
    stored = folder.find_wal(name)
    present = file_identity(stored) if stored else None
    return present is not None and damage.is_of(present)


def _damaged_backups(folder: ClusterFolder, note: DamageNote) -> Iterable[tuple[str, str]]:
    found: dict[str, list[str]] = {}
    for label, name in sorted(note.files):
        directory = f"{folder.backups_directory}/{label}"
        present = file_identity(f"{directory}/{name}")
        is_damaged = os.path.isdir(directory) if present is None else note.files[label, name].is_of(present)
        if is_damaged:
            found.setdefault(label, []).append(name)
    for label, names in found.items():
        moment = max(note.files[label, name].moment for name in names)
        quoted = ", ".join(f"'{name}'" for name in names)
        yield label, f"verification found {quoted} damaged at {format_instant(moment)}"


def _read_note(path: str) -> DamageNote:
    try:
        return DamageNote.from_form(json.loads(read_text(path) or "{}").get("damaged"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Verification itself says so, and begins anew.
        return DamageNote()


__all__ = ("KnownDamage", "read_known_damage")
