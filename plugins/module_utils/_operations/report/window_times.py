# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last moment of each window: the last commit in its WAL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..._core.catalogue.window import Window
from ..._core.errors import Damaged, Failed, Missing, Unavailable
from ..._core.wal.archive import ArchivedWal
from ..._io.host.runner import Runner
from ..._io.repository.cluster_folder import ClusterFolder
from ..target.event_reader import EventReader

# From the end backwards, twice as many segments each time: an idle cluster's last commit may lie far back.
_STEPS = (1, 1, 2, 4, 8, 16, 32)
# Reading the end of one takes a tenth of a second or more, and an archive full of holes may have thousands.
_WINDOWS = 16


def with_times(
    windows: Iterable[Window],
    *,
    folder: ClusterFolder,
    wal: ArchivedWal,
    bin_directory: str,
    version: int,
    runner: Runner,
) -> tuple[tuple[Window, ...], tuple[str, ...]]:
    """The windows with ``to_time``, the last commit within the last 64 segments, for the 16 that begin last; and
    what WAL can't be read, in sentences.

    The time stays ``None`` when there is no commit among them, and when their WAL can't be read,
    or is encrypted. A window that has no
    commit at all ends where it begins.
    """
    known = tuple(windows)
    newest = sorted(range(len(known)), key=lambda place: known[place].from_time)[-_WINDOWS:]
    moments: dict[int, datetime | None] = {}
    faults: dict[str, None] = {}
    with EventReader(folder, wal=wal, live={}, bin_directory=bin_directory, version=version, runner=runner) as scan:
        for place in reversed(newest):
            try:
                moments[place] = _last_commit(known[place], scan=scan, wal=wal)
            except Unavailable as error:
                if error.code != "identity-missing":
                    raise
                # It is encrypted, as somebody wanted: a restore, which can read it, tells.
                continue
            except Missing:
                # Retention has removed it meanwhile.
                continue
            except (Damaged, Failed) as error:
                faults[f"the end of a window is not known: {error}"] = None
    return tuple(window.until(moments.get(place)) for place, window in enumerate(known)), tuple(faults)


def _last_commit(window: Window, *, scan: EventReader, wal: ArchivedWal) -> datetime | None:
    first = wal.size.number_at(window.start)
    end = wal.size.number_at(window.end + -1) + 1
    for count in _STEPS:
        start = max(first, end - count)
        extract = scan.read(timeline=window.timeline, first=start, last=end - 1)
        moments = [event.moment for event in extract.commits if event.moment and window.covers(event.lsn)]
        if moments:
            return max(moments[-1], window.from_time)
        if start == first:
            return window.from_time
        end = start
    return None


__all__ = ("with_times",)
