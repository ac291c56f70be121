# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of archiving at one moment: what the archiver did last, what waits for it, and what would be lost."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InvalidInput
from .archive_lag import NO_LAG, ArchiveLag
from .archive_rate import NO_RATE, ArchiveRate
from .held_wal import KeptWal
from .other_repository import OtherRepository
from .push_failure import PushFailure

SERVER_DOWN = "the server does not run"
_QUEUE_MOST = 1 << 60


@dataclass(frozen=True)
class WalRoom:
    """Bytes in ``pg_wal``: of the segments that wait, of all segments, and free on the file system.

    ``queue_max_bytes`` is what may wait without a warning, ``None``: however much.
    """

    ready_bytes: int
    used_bytes: int
    free_bytes: int
    queue_max_bytes: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether more waits than may without a warning."""
        return self.queue_max_bytes is not None and self.ready_bytes > self.queue_max_bytes


@dataclass(frozen=True)
class ArchiverState:
    """How many WAL files wait, the age of the oldest in seconds, the file archived last, and the one that fails now.

    ``server_error`` says why the server could not be asked (``None``: it was). Then ``last_archived`` is ``None``
    because it is unknown. ``held_wal`` has what stands still and holds back WAL, in sentences, ``kept_wal`` every
    reason for which the server keeps WAL. ``is_active`` says whether the server archives at all (``None``: unknown).
    ``failure`` is the last of ``archive-push`` on a file that still waits, ``failure_age_seconds`` how long ago it was.
    ``future_files`` wait and are dated in the future. ``repository`` is how people name the place of the stored WAL,
    ``repository_error`` why it could not be read. ``others`` are the further repositories. ``room`` is ``None`` where
    ``pg_wal`` could not be looked at.
    """

    ready_count: int = 0
    oldest_ready_seconds: float = 0.0
    last_archived: str | None = None
    failing_on: str | None = None
    server_error: str | None = None
    held_wal: tuple[str, ...] = ()
    is_active: bool | None = None
    failure: PushFailure | None = None
    failure_age_seconds: float = 0.0
    future_files: tuple[str, ...] = ()
    kept_wal: tuple[KeptWal, ...] = ()
    lag: ArchiveLag = NO_LAG
    rate: ArchiveRate = NO_RATE
    room: WalRoom | None = None
    repository: str = ""
    repository_error: str | None = None
    others: tuple[OtherRepository, ...] = ()


def check_queue(max_bytes: int | None) -> None:
    """Raise InvalidInput (``option-out-of-range``) for a limit of the queue that is none."""
    if max_bytes is not None and not 0 <= max_bytes <= _QUEUE_MOST:
        raise InvalidInput(
            f"queue_max_bytes is {max_bytes}, and must be 0 to {_QUEUE_MOST}",
            code="option-out-of-range",
            hint="Set 'pitr_archiving_queue_max_bytes' to a number of bytes; 0 or unset means no limit.",
        )


__all__ = ("SERVER_DOWN", "ArchiverState", "WalRoom", "check_queue")
