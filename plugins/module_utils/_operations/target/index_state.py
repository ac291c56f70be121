# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the index of segment facts lacks, and whether it can be kept; its upkeep takes long to import."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

from ..._core.repository.layout import WAL
from ..._core.wal.archive import ArchivedWal
from ..._core.wal.segment import Segment
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.wal.segment_index import SegmentIndex

# Of these newest ones only: who looked at every name of a large archive would take longer than what it is to save.
_COUNTED_SEGMENTS = 4096


def can_keep_index(folder: ClusterFolder) -> bool:
    """Whether the WAL belongs to whoever asks: what root wrote the cluster's account could not write again.

    The notes on WAL that another host keeps are this account's own.
    """
    directory = folder.storage.local_directory(WAL)
    try:
        return directory is None or os.stat(directory).st_uid == os.geteuid()
    except OSError:
        return False


def lacks_segments(folder: ClusterFolder, *, wal: ArchivedWal, more_than: int) -> bool:
    """Whether the index lacks more than so many of the newest segments; their content is not looked at."""
    index = SegmentIndex(folder.storage)
    lacking = (each for each in islice(newest_first(wal), _COUNTED_SEGMENTS) if not index.has_note(str(each)))
    return next(islice(lacking, more_than, None), None) is not None


def newest_first(wal: ArchivedWal) -> Iterator[Segment]:
    """Every segment of the archive, the newest first, timeline by timeline."""
    for timeline in sorted(wal.intervals, reverse=True):
        for first, end in reversed(tuple(wal.intervals[timeline])):
            yield from (Segment(timeline, number, wal.size) for number in range(end - 1, first - 1, -1))


__all__ = ("can_keep_index", "lacks_segments", "newest_first")
