# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a killed run has left in a cluster's folder: a piece without a record, which nobody is writing.

This is the one place that finds and removes it. Call it with the lock of the backups held: who holds that is the only
one that may write a backup.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..._core.catalogue.record import is_backup_label
from ..._core.repository.layout import (
    BACKUPS,
    OLD_EXPIRED_PREFIX,
    OLD_UNFINISHED_PREFIX,
    RUNNING_FILE,
    WAL,
    backup_folder,
    is_temporary,
    record_key,
)
from ..._core.repository.quarantine import QUARANTINE
from ..storage.port import Storage
from .quarantine import find_replaced, remove_replaced


@dataclass(frozen=True)
class StalePiece:
    """A key, or the prefix of the files of an unfinished backup or removal (``is_folder``), and what it takes."""

    key: str
    size_bytes: int
    is_folder: bool

    @property
    def name(self) -> str:
        """How it is told."""
        return self.key.rpartition("/")[2] if self.is_folder else self.key


def find_stale(storage: Storage, *, with_wal: bool = False) -> tuple[StalePiece, ...]:
    """What is stale in the folder, in order; ``with_wal``: among the WAL too, which takes longer."""
    names = sorted(storage.list(BACKUPS, hidden=True))
    folders = [backup_folder(name) for name in names if _is_stale_folder(storage, name)]
    keys = [*storage.unfinished(), *storage.unfinished(BACKUPS)]
    for folder in map(backup_folder, filter(is_backup_label, names)):
        keys += [] if folder in folders else storage.unfinished(folder)
    if with_wal:
        keys += [*storage.unfinished(WAL, delimiter=""), *storage.unfinished(QUARANTINE, delimiter="")]
        keys += find_replaced(storage)
    if storage.stat(RUNNING_FILE) is not None:
        keys.append(RUNNING_FILE)
    pieces = [StalePiece(folder, size_below(storage, folder), is_folder=True) for folder in folders]
    return (*pieces, *(StalePiece(key, _size(storage, key), is_folder=False) for key in keys))


def remove_stale(storage: Storage, pieces: Iterable[StalePiece]) -> tuple[StalePiece, ...]:
    """Remove these, as far as that is possible; what is left.

    Something may stay, such as a file on NFS that somebody has open. That is no reason to take no backup.
    """
    left = []
    for piece in pieces:
        if piece.is_folder:
            left += [] if storage.delete_below(piece.key) else [piece]
        elif piece.key.startswith(QUARANTINE + "/") and not is_temporary(piece.key.rpartition("/")[2]):
            remove_replaced(storage, piece.key)
        elif piece.key == RUNNING_FILE:
            storage.delete([piece.key])
        else:
            storage.discard([piece.key])
    return tuple(left)


def size_below(storage: Storage, folder: str) -> int:
    """What the files below a prefix take."""
    return sum(_size(storage, f"{folder}/{name}") for name in storage.list(folder, delimiter=""))


def _is_stale_folder(storage: Storage, name: str) -> bool:
    if name.startswith((OLD_UNFINISHED_PREFIX, OLD_EXPIRED_PREFIX)):
        return True
    return is_backup_label(name) and storage.stat(record_key(name)) is None


def _size(storage: Storage, key: str) -> int:
    found = storage.stat(key)
    return found[0] if found else 0


__all__ = ("StalePiece", "find_stale", "remove_stale", "size_below")
