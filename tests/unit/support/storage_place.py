# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A place for one storage, as the tests of its contract see it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.port import Storage

KEY = "wal/00000001/00000000/000000010000000000000003"
PIECES = (b"one piece, ", b"", b"another\n" * 50_000, b"and the last")
WHOLE = b"".join(PIECES)


class StoragePlace(ABC):
    """A place for one storage, in the hands of a test."""

    #: How many steps a test that kills at every step goes on at a time.
    stride = 1
    #: The same where a version is replaced; unset: no other.
    replacement_stride = 0
    #: How many keys are very many: several pages of a listing.
    many = 100_000

    @abstractmethod
    def storage(self) -> Storage:
        """The storage, opened anew."""

    @abstractmethod
    def everything(self) -> list[str]:
        """What lies there, whatever made it, but for leases."""

    @abstractmethod
    def fill(self, folder: str, *, count: int) -> None:
        """Store so many small files, ``<folder>/<number of 6 digits>``, in whatever way is fast."""

    @abstractmethod
    def full(self) -> AbstractContextManager[None]:
        """While this lasts, there is room for less than 300,000 bytes."""

    @abstractmethod
    def vanished(self) -> AbstractContextManager[Callable[[], list[str]]]:
        """While this lasts, the place is away; the value tells what lies where it was."""


def clean(place: StoragePlace) -> None:
    """Remove what killed writers have left."""
    storage = place.storage()
    storage.discard(storage.unfinished(delimiter=""))
