# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins the backup that a restore reads, and releases it when the restore fails."""

from __future__ import annotations

from ..._core.catalogue.pin import Pin
from ..._core.errors import PitrError
from ..._core.restore.journal import RestoreJournal
from ..._core.restore.pin import pin_in_journal
from ..._io.catalogue.pins import pin_held_backup, read_pins, release_pins
from ..._io.repository.cluster_folder import ClusterFolder


def pin_restored(folder: ClusterFolder, label: str, *, pin: Pin) -> None:
    """Pin a backup that the caller holds, unless an earlier restore to the same target has pinned it without end.

    The pin of another copy stays, which may still recover when this restore has failed.
    """
    for one in folder.holders(label):
        if not any(each.reason == pin.reason and each.until is None for each in read_pins(one, label)):
            pin_held_backup(one, label, pin=pin, replaces=False)


def release_restored(folder: ClusterFolder, label: str, *, pin: Pin) -> None:
    """Release the backup from the pin of a restore that has failed or was rolled back, and from no other.

    Where that is not possible, the pin stays: it keeps too much, and what has failed is told instead.
    """
    try:
        for one in folder.holders(label):
            release_pins(one, label, released=lambda each: (each.reason, each.since) == (pin.reason, pin.since))
    except (OSError, PitrError):
        return


def release_rolled_back(folder: ClusterFolder, journal: RestoreJournal) -> None:
    """The same after a rollback, unless the cluster had been promoted: what was given up may be wanted again."""
    if not journal.was_promoted:
        release_restored(folder, journal.plan.backup, pin=pin_in_journal(journal))


__all__ = ("pin_restored", "release_restored", "release_rolled_back")
