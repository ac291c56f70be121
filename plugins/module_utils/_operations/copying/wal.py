# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing the WAL of a cluster from one repository to another, as it is stored there and verified on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..._core.errors import Damaged, Missing, Refused
from ..._core.repository.layout import (
    WAL,
    is_beside,
    logical_name,
    timeline_folder,
    wal_keys,
)
from ..._core.wal.file_name import TIMELINE_HISTORY, segment_number, timeline_of, wal_file_kind
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.listing import StoredWal
from ..._core.wording import count_text
from ..._io.host.scratch import scratch_directory
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.same_history import check_same_history
from ..._io.storage.port import Storage
from .staged_wal import staged_wal

_LOG_DIGITS = 8
# Anybody who can write to the source can make as many files that are none as there is room for.
_MOST_TOLD = 100


@dataclass
class CopiedWal:
    """How many files were copied, or would be, their bytes as stored, and what could not be, with the reason.

    ``untold`` is how many more than these could not be.
    """

    files: int = 0
    size_bytes: int = 0
    told: list[str] = field(default_factory=list)
    untold: int = 0

    @property
    def problems(self) -> list[str]:
        """What could not be copied, as lines."""
        more = [f"{count_text(self.untold, 'more WAL file')} could not be copied"] if self.untold else []
        return [*self.told, *more]

    def add_problem(self, message: str) -> None:
        """Tell it, unless there were enough."""
        if len(self.told) < _MOST_TOLD:
            self.told.append(message)
        else:
            self.untold += 1


class WalCopy:
    """Brings what is missing from ``source`` to ``target``, in order, so that what is there grows without holes."""

    def __init__(self, source: ClusterFolder, target: ClusterFolder) -> None:
        self._source = source
        self._target = target
        self._last = ""

    def missing(self, stored: StoredWal) -> Iterator[str]:
        """The keys in the source of the files that the target lacks; ``stored`` is the target's listing.

        What the target's own retention has removed is not missing.
        """
        for folder in _folders(self._source.storage):
            there = {logical_name(name) for name in self._target.storage.list(folder) if not is_beside(name)}
            for name in sorted(self._source.storage.list(folder), key=_order):
                logical = logical_name(name)
                if is_beside(name) or wal_file_kind(logical) is None or logical in there:
                    continue
                if f"{folder}/{name}" in wal_keys(logical) and not _is_expired(logical, stored):
                    there.add(logical)
                    yield f"{folder}/{name}"

    def run(self, stored: StoredWal) -> CopiedWal:
        """Copy them. Raises Refused (``repositories-differ``), and Unavailable where either is away."""
        done = CopiedWal()
        # The target's, which may know less: what it would refuse to give is not copied.
        document = self._target.identity().document()
        with scratch_directory("pgpitr-copy-", needed_bytes=3 * stored.size.size_bytes) as scratch:
            for key in self.missing(stored):
                try:
                    size_bytes = self._copy(key, scratch=scratch, document=document)
                except (Damaged, Missing, Refused) as error:
                    if error.code == "repositories-differ":
                        raise
                    done.add_problem(error.message)
                    continue
                done.files += 1
                done.size_bytes += size_bytes
        return done

    def _copy(self, key: str, *, scratch: str, document: dict[str, Any]) -> int:
        """Copy one file; its size in bytes."""
        name = logical_name(os.path.basename(key))
        if not self._follows(name):
            check_same_history(self._target.storage, self._source.storage, name=name)
        with staged_wal(self._source.storage, key, scratch=scratch, document=document) as (staged, keys):
            for each in keys:
                self._put_verified(staged, each, name=name)
            found = staged.stat(key)
        self._last = name
        return found[0] if found else 0

    def _put_verified(self, staged: Storage, key: str, *, name: str) -> None:
        # Somebody may have stored it meanwhile: whether it is the same is seen when it is read.
        unless = () if is_beside(os.path.basename(key)) else wal_keys(name)
        with staged.read(key) as reading:
            self._target.storage.put(key, reading, unless=unless, is_same=lambda _key: True)

    def _follows(self, name: str) -> bool:
        """Whether the file comes right behind the one that was copied last."""
        is_next = self._last[:16] == name[:16] and len(self._last) == len(name) == 24
        return is_next and int(name[16:], 16) == int(self._last[16:], 16) + 1


def _folders(storage: Storage) -> Iterator[str]:
    """The folders with WAL files: of each timeline that of its history, then its logs in order."""
    for timeline in sorted(storage.list(WAL)):
        folder = timeline_folder(timeline)
        yield folder
        yield from (f"{folder}/{log}" for log in sorted(storage.list(folder)) if len(log) == _LOG_DIGITS)


def _order(name: str) -> tuple[bool, str]:
    """A timeline's history comes before its segments."""
    return wal_file_kind(logical_name(name)) != TIMELINE_HISTORY, name


def _is_expired(name: str, stored: StoredWal) -> bool:
    if wal_file_kind(name) == TIMELINE_HISTORY:
        return False
    number = segment_number(name[:24], size_bytes=stored.size.size_bytes)
    return number in stored.expired.get(timeline_of(name), IntervalSet())


__all__ = ("CopiedWal", "WalCopy")
