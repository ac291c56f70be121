# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storing the segments that wait behind the one that PostgreSQL asks for, in processes beside its calls.

They outlive the call that starts them: PostgreSQL's own part of each call takes as long as a processor needs for a
segment, and would leave the processors idle if a call waited for its batch. There are no more of them than processors,
none begins a segment a minute after its start or when the server's archiver has ended, and the first failure ends one:
the call for that segment meets it again and tells PostgreSQL. They themselves tell nothing but marks.

Whatever is done at once, the archive grows in order: a segment gets its name in the repository after the one before it
has. So whoever reads the archive, or is left with it, finds no hole that is none.
"""

from __future__ import annotations

import os
import time

from ..._core.wal.waiting import READY_SUFFIX, waiting_segments
from ..._io.host.detached_process import run_detached
from ..._io.host.session import is_alive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..._io.repository.wal_push import Push
    from ..._io.wal.archived_marks import ArchivedMarks, Claim

_PROCESSES_MAX = 4
_BEGIN_SECONDS = 60
# How far ahead of PostgreSQL's calls they are at most.
_AHEAD_MAX = 64


class NotInOrderError(Exception):
    """The segment before was not stored, so this one must not be."""


def start_processes(
    marks: ArchivedMarks,
    *,
    new_push: Callable[[], Push],
    directory: str,
    name: str,
    is_current: Callable[[], bool],
) -> None:
    """Let as many processes as may run store what waits behind the segment ``name``, while the configuration stays."""

    def work() -> None:
        ahead = AheadOfCalls(marks, directory=directory, name=name, is_current=is_current)
        ahead.run(new_push)

    try:
        for number in range(min(_PROCESSES_MAX, len(os.sched_getaffinity(0)))):
            slot = marks.take_slot(number)
            if slot >= 0:
                try:
                    run_detached(work, keeps=slot)
                finally:
                    os.close(slot)
    except OSError:
        # No more processes or files are to be had: the calls do it one by one.
        return


class AheadOfCalls:
    """What one process stores of what waits in ``directory`` behind the segment ``name``.

    It ends when its configuration is not current any more: what follows may have to be encrypted, or go elsewhere.
    """

    def __init__(self, marks: ArchivedMarks, *, directory: str, name: str, is_current: Callable[[], bool]) -> None:
        self._marks = marks
        self._directory = directory
        self._behind = name
        self._is_current = is_current
        self._end_at = time.monotonic() + _BEGIN_SECONDS
        # Each process of the server leads a session of its own: of PostgreSQL's calls this is the archiver.
        self._caller = os.getsid(0)

    def run(self, new_push: Callable[[], Push]) -> None:
        """Store one after another. Raises what storing raises."""
        push = None
        self._marks.prune(name[: -len(READY_SUFFIX)] for name in self._status_names() if name.endswith(READY_SUFFIX))
        while time.monotonic() < self._end_at and is_alive(self._caller) and self._is_current():
            claim, name, before = self._next()
            if claim is None:
                return
            try:
                push = push or new_push()
                self._store(push, claim, name=name, before=before)
            finally:
                claim.release()

    def _next(self) -> tuple[Claim | None, str, str]:
        """The next segment that nobody stores or has stored, claimed, and the one before it."""
        for name in waiting_segments(self._status_names(), timeline=self._behind[:8])[:_AHEAD_MAX]:
            if name <= self._behind:
                continue
            before, self._behind = self._behind, name
            claim = None if self._marks.find(name) else self._marks.claim(name, waits=False)
            if claim is not None:
                if not self._marks.find(name):
                    claim.clear()
                    return claim, name, before
                claim.release()
        return None, "", ""

    def _store(self, push: Push, claim: Claim, *, name: str, before: str) -> None:
        def wait_for_the_one_before() -> None:
            if not self._marks.wait_for(before):
                raise NotInOrderError

        identity = self._marks.identity(name)
        push.store(self._directory + "/" + name, before_named=wait_for_the_one_before)
        push.settle(self._marks, claim, name=name, identity=identity)

    def _status_names(self) -> list[str]:
        return os.listdir(self._directory + "/archive_status")


__all__ = ("AheadOfCalls", "NotInOrderError", "start_processes")
