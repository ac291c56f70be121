# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a recovering server lets anybody in before its target: it needs to know which transactions are running.

A transaction with more than 64 subtransactions does not fit into the record that says so. As long as such a one runs
that was open when the backup began, the server stays closed, and at its target it opens instead of pausing
(ProcArrayApplyRecoveryInfo in src/backend/storage/ipc/procarray.c, recoveryPausesHere in
src/backend/access/transam/xlogrecovery.c).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from ..wal.event import Snapshot
from ..wal.lsn import Lsn

_CIRCLE = 1 << 32


class SnapshotReader(Protocol):
    """The port to the snapshots in WAL."""

    def snapshots(self, *, timeline: int, number: int) -> Iterable[Snapshot]:
        """Those that begin in the segment of this number on the path to ``timeline``, in order."""


def hot_standby_begins(reader: SnapshotReader, *, timeline: int, first: int, last: int, start: Lsn, stop: Lsn) -> bool:
    """Whether replay from ``start`` meets a snapshot to begin with before ``stop``.

    ``first`` and ``last`` are the numbers of the segments on the path to ``timeline``, which are read only as far as
    needed.
    """
    return is_met(_between(reader, timeline=timeline, numbers=range(first, last + 1), start=start, stop=stop))


def is_met(snapshots: Iterable[Snapshot]) -> bool:
    """Whether one of these snapshots, in the order of the WAL, is enough.

    A partial one is when every transaction has ended that may have run at the first.
    """
    newest: int | None = None
    for snapshot in snapshots:
        if snapshot.is_whole:
            return True
        if newest is None:
            newest = (snapshot.next_xid - 1) % _CIRCLE
        elif 0 < (snapshot.oldest_xid - newest) % _CIRCLE < _CIRCLE // 2:
            return True
    return False


def _between(
    reader: SnapshotReader, *, timeline: int, numbers: Iterable[int], start: Lsn, stop: Lsn
) -> Iterator[Snapshot]:
    for number in numbers:
        for snapshot in reader.snapshots(timeline=timeline, number=number):
            if start <= snapshot.lsn < stop:
                yield snapshot


__all__ = ("SnapshotReader", "hot_standby_begins", "is_met")
