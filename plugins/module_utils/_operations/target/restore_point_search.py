# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cluster's WAL has a restore point of a name already, wherever that lies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..._core.errors import PitrError, Refused, Unavailable
from ..._core.postgres.cluster import Cluster
from ..._core.wal.archive import ArchivedWal
from ..._io.catalogue.wal_inventory import read_wal_inventory
from ..._io.host.runner import Runner
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.wal.pg_wal import live_segments
from .event_reader import EventReader

_BATCH_SEGMENTS = 64
_SECONDS = 30.0


class _TimeIsUp(Exception):
    """No more is read."""


@dataclass(frozen=True)
class NameSearch:
    """What a search found: the segment that has the name (``None``: none was seen), and how many were not looked at."""

    segment: str | None
    unread: int

    def check(self, name: str) -> None:
        """Raise Refused (``restore-point-exists``) where the name is taken."""
        if self.segment is not None:
            raise Refused(
                f"there is a restore point '{name}' in segment {self.segment} of this cluster",
                code="restore-point-exists",
                hint="Take another name: a recovery stops at the first restore point of a name that it comes to.",
            )

    def warnings(self, name: str) -> tuple[str, ...]:
        """What has to be told of it."""
        if not self.unread:
            return ()
        return (f"{self.unread} archived segments were not looked at for an earlier restore point '{name}'",)


def search_name(
    name: str,
    *,
    folder: ClusterFolder,
    cluster: Cluster,
    runner: Runner,
    clock: Callable[[], float] = time.monotonic,
) -> NameSearch:
    """Look at all archived WAL and at the server's own, the newest first, for half a minute at most.

    What the index knows is not read again. What can't be read is left out, and counted. Raises what listing raises.
    """
    live = live_segments(
        cluster.wal_path,
        system_identifier=cluster.system_identifier,
        segment_size_bytes=cluster.segment_size.size_bytes,
    )
    stored = folder.stored_wal()
    own = {name: path for name, path in live.items() if not stored.has(name)}
    wal = read_wal_inventory(folder, stored).wal.joined(own)
    deadline = clock() + _SECONDS

    def check_time() -> None:
        if clock() >= deadline:
            raise _TimeIsUp

    reader = EventReader(
        folder,
        wal=wal,
        live=own,
        bin_directory=cluster.bin_directory,
        version=cluster.version,
        runner=runner,
        before_segment=check_time,
    )
    with reader:
        return _search(name, reader=reader, wal=wal, check_time=check_time)


def _search(name: str, *, reader: EventReader, wal: ArchivedWal, check_time: Callable[[], None]) -> NameSearch:
    unread, is_over = 0, False
    for timeline, first, end in _batches(wal):
        try:
            if is_over:
                raise _TimeIsUp
            check_time()
            found = reader.facts(timeline=timeline, first=first, last=end - 1)
        except (_TimeIsUp, Unavailable):
            # Without the identity, or the repository, the others can't be read either.
            is_over, unread = True, unread + end - first
            continue
        except (PitrError, OSError):
            unread += end - first
            continue
        for number, facts in zip(range(first, end), found):
            if any(point.name == name for point in facts.restore_points):
                return NameSearch(str(wal.history(timeline).segment_at(number, size=wal.size)), unread)
    return NameSearch(None, unread)


def _batches(wal: ArchivedWal) -> Iterator[tuple[int, int, int]]:
    """The segments of each timeline as (timeline, first, end), the newest first."""
    for timeline in sorted(wal.intervals, reverse=True):
        for first, end in reversed(tuple(wal.intervals[timeline])):
            for upto in range(end, first, -_BATCH_SEGMENTS):
                yield timeline, max(first, upto - _BATCH_SEGMENTS), upto


__all__ = ("NameSearch", "search_name")
