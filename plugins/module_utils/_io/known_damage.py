# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damage in a repository that an earlier verification found, and that nobody has repaired since."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .._core.instant import format_instant
from .._core.verify_damage import DamageNote
from .._core.verify_state import STATE_NAME
from .cluster_folder import ClusterFolder
from .files import read_text


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
    segments = tuple(
        sorted(name for name, moment in note.segments.items() if _is_as_found(folder.find_wal(name), moment))
    )
    return KnownDamage(segments, tuple(_damaged_backups(folder, note)))


def _damaged_backups(folder: ClusterFolder, note: DamageNote) -> Iterable[tuple[str, str]]:
    found: dict[str, list[tuple[str, datetime]]] = {}
    for (label, name), moment in sorted(note.files.items()):
        directory = f"{folder.backups_directory}/{label}"
        if os.path.isdir(directory) and _is_as_found(f"{directory}/{name}", moment):
            found.setdefault(label, []).append((name, moment))
    for label, files in found.items():
        names = ", ".join(f"'{name}'" for name, _moment in files)
        yield label, f"verification found {names} damaged at {format_instant(files[-1][1])}"


def _read_note(path: str) -> DamageNote:
    try:
        return DamageNote.from_form(json.loads(read_text(path) or "{}").get("damaged"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Verification itself says so, and begins anew.
        return DamageNote()


def _is_as_found(path: str | None, moment: datetime) -> bool:
    """Whether a file is still gone, or was not touched since a moment."""
    if path is None:
        return False
    try:
        return os.stat(path).st_ctime <= moment.timestamp()
    except FileNotFoundError:
        return True


__all__ = ("KnownDamage", "read_known_damage")
