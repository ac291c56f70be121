# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WAL of a standby's backup, which its primary archives."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from ..._core.backup.server_facts import BackupFacts
from ..._core.backup.server_role import primary_not_archiving, wal_not_archived
from ..._core.catalogue.record import Backup
from ..._core.wal.segment import Segment, SegmentSize
from ..._io.host.wait import wait_until
from ..._io.repository.cluster_folder import ClusterFolder

_PAUSE_SECONDS = 0.5


def check_wal_arrives(folder: ClusterFolder, *, facts: BackupFacts, segment_size: SegmentSize) -> None:
    """Return when the WAL around the standby's last restartpoint is archived, on whatever timeline.

    Raises Unavailable (``primary-not-archiving``).
    """
    if facts.restartpoint is None:
        return
    last = Segment.containing(facts.restartpoint.lsn, timeline=facts.timeline, size=segment_size)
    numbers = (max(0, last.number - 1), last.number)
    names = (str(Segment(each, number, segment_size)) for each in range(1, facts.timeline + 1) for number in numbers)
    if not any(folder.find_wal(name) for name in names):
        raise primary_not_archiving(str(last))


def wait_until_archived(
    backup: Backup, *, folder: ClusterFolder, timeout_seconds: float, tell: Callable[[], None]
) -> None:
    """Return when every segment that the backup needs is archived; ``tell`` is called while it waits.

    A standby's server does not wait for it. Raises Failed (``backup-wal-missing``).
    """
    missing = deque(_segments(backup))

    def is_archived() -> bool:
        while missing and folder.find_wal(missing[0]):
            missing.popleft()
        if missing:
            tell()
        return not missing

    if not wait_until(is_archived, seconds=timeout_seconds, pause_seconds=_PAUSE_SECONDS):
        raise wal_not_archived(missing[0], waited_seconds=timeout_seconds)


def _segments(backup: Backup) -> Iterator[str]:
    segment = backup.first_segment
    while segment.number <= backup.last_segment.number:
        yield str(segment)
        segment = segment.next()


__all__ = ("check_wal_arrives", "wait_until_archived")
