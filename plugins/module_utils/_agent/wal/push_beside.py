# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storing WAL in the repositories that are not required, in a process for each beside PostgreSQL's calls.

A call for a segment starts it once all repositories that are required have the segment, and does not wait for it. It
stores what pg_wal still has and that repository lacks, oldest first, and ends; a repository that is away is tried again
by a later call. What pg_wal has no more is brought by ``pgpitr copy``.
"""

from __future__ import annotations

import os
import time

from ..._core.errors import PitrError
from ..._core.host.agent_config import is_required, other_repositories
from ..._core.wal.file_name import wal_file_kind
from ..._io.host.detached_process import run_detached
from ..._io.host.session import is_alive
from ..._io.repository.storages import configured_storage
from ..._io.repository.wal_push import new_push
from ..._io.wal.beside_notes import BesideNotes, failed_lately
from ..._io.wal.lookup import find_stored
from ..._io.wal.push_failure import forget_push_failure, note_push_failure, push_failure_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..._io.repository.wal_push import Push
    from ..._io.storage.port import Storage

_DONE_SUFFIX = ".done"
_BEGIN_SECONDS = 60
# After a failure: PostgreSQL's calls may come many times a second.
_REST_SECONDS = 30


def start_beside(
    directory: str,
    *,
    name: str,
    cluster_name: str,
    config: dict[str, str],
    origin: str,
    is_current: Callable[[], bool],
) -> None:
    """Let what is archived, and now ``name``, be stored in the repositories that are not required."""
    if not os.path.isdir(f"{directory}/archive_status"):
        return
    for other in other_repositories(config):
        repository = other["repository_name"]
        if is_required(other) or failed_lately(push_failure_path(directory, repository), seconds=_REST_SECONDS):
            continue
        notes = BesideNotes(directory, name=repository, origin=origin)
        try:
            lock = notes.lock()
            if lock < 0:
                continue
            try:
                _start(
                    directory,
                    name=name,
                    cluster_name=cluster_name,
                    config=other,
                    notes=notes,
                    lock=lock,
                    goes_on=is_current,
                )
            finally:
                os.close(lock)
        except OSError:
            # pg_wal cannot be written, or no more processes are to be had: a later call tries again.
            continue


def _start(
    directory: str,
    *,
    name: str,
    cluster_name: str,
    config: dict[str, str],
    notes: BesideNotes,
    lock: int,
    goes_on: Callable[[], bool],
) -> None:
    caller, end_at = os.getsid(0), time.monotonic() + _BEGIN_SECONDS

    def work() -> None:
        storage = configured_storage(config, name=cluster_name)
        beside = Beside(directory, storage, new_push=lambda: new_push(storage, config=config), notes=notes, lock=lock)
        beside.run(name, goes_on=lambda: time.monotonic() < end_at and is_alive(caller) and goes_on())

    def told() -> None:
        repository = config["repository_name"]
        try:
            work()
        except (PitrError, OSError) as error:
            note_push_failure(directory, name, error=error, repository=repository)
            return
        forget_push_failure(directory, repository=repository)

    run_detached(told, keeps=lock)


class Beside:
    """What one process stores in one repository of what is archived and still lies in ``directory``."""

    def __init__(
        self, directory: str, storage: Storage, *, new_push: Callable[[], Push], notes: BesideNotes, lock: int
    ) -> None:
        self._directory = directory
        self._storage = storage
        self._new_push = new_push
        self._notes = notes
        self._lock = lock

    def run(self, current: str, *, goes_on: Callable[[], bool]) -> None:
        """Store one after another, the file ``current`` among them. Raises what storing raises."""
        known, push = self._notes.known(), None
        while goes_on():
            archived = self._archived(current)
            name = next((name for name in archived if name not in known), None)
            if name is None:
                return
            if find_stored(self._storage, name=name) is None:
                push = push or self._new_push()
                self._store(push, name)
            known.add(name)
            self._notes.write(self._lock, known.intersection(archived))

    def _archived(self, current: str) -> list[str]:
        """The WAL files that the required repositories have and pg_wal still has the status of, oldest first."""
        status = os.listdir(f"{self._directory}/archive_status")
        return sorted({current, *_without_suffix(status)})

    def _store(self, push: Push, name: str) -> None:
        path = f"{self._directory}/{name}"
        try:
            push.store(path)
        except PitrError as error:
            # PostgreSQL has removed it, or given it the name of one to come: another repository has it.
            if error.code != "source-missing" or os.path.exists(path):
                raise


def _without_suffix(names: Iterable[str]) -> Iterable[str]:
    found = (name[: -len(_DONE_SUFFIX)] for name in names if name.endswith(_DONE_SUFFIX))
    return (name for name in found if wal_file_kind(name))


__all__ = ("Beside", "start_beside")
