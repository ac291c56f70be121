# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr archive-push``: PostgreSQL's archive_command.

Where more segments wait than the one that is asked for, processes are started that store them meanwhile
(``push_ahead.py``), and the calls for them find that done.
"""

from __future__ import annotations

import os

from ..._core.errors import PitrError
from ..._core.host.agent_config import has_several
from ..._core.wal.waiting import waiting_segments
from ..._io.host.agent_config import agent_config_path, read_agent_config
from ..._io.host.machine import hostname, machine_id
from ..._io.repository.storages import configured_storage
from ..._io.wal.archived_marks import ArchivedMarks
from ..console.command_line import cluster_and_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..._io.repository.wal_push import Push
    from ..._io.storage.port import Storage
    from ..._io.wal.archived_marks import Claim

# A storage that is far away is not asked whether it still has what was stored; later than this, it is compared.
_TRUSTED_SECONDS = 300


def run(arguments: Sequence[str], *, config_directory: str) -> int:
    """Store the WAL file at ``%p`` and return 0 once it is safe; everything else raises."""
    cluster_name, (source_path,) = cluster_and_names(arguments, names=("%p",))
    try:
        _push(source_path, cluster_name=cluster_name, config_directory=config_directory)
    except (PitrError, OSError) as error:
        directory, name = os.path.split(source_path)
        # Where somebody tries the command on another file, nothing is left there.
        if os.path.isdir(directory + "/archive_status"):
            from ..._io.wal.push_failure import note_push_failure

            note_push_failure(directory, name, error=error)
        raise
    return 0


def _push(source_path: str, *, cluster_name: str, config_directory: str) -> None:
    config = read_agent_config(config_directory, cluster_name=cluster_name)

    def new_storage() -> Storage:
        return configured_storage(config, name=cluster_name)

    directory, name = os.path.split(source_path)
    config_path = agent_config_path(config_directory, cluster_name=cluster_name)
    origin = _origin(config_path)
    marks = ArchivedMarks(directory, origin=origin)

    def is_current() -> bool:
        return _origin(config_path) == origin

    def start(behind: str) -> None:
        from .push_ahead import start_processes

        start_processes(
            marks,
            new_push=lambda: _new_push(new_storage(), config=config),
            directory=directory,
            name=behind,
            is_current=is_current,
        )

    _archive(source_path, storage=new_storage(), config=config, marks=marks, start=start)
    if has_several(config):
        from .push_beside import start_beside

        start_beside(
            directory, name=name, cluster_name=cluster_name, config=config, origin=origin, is_current=is_current
        )


def _archive(
    source_path: str, *, storage: Storage, config: dict[str, str], marks: ArchivedMarks, start: Callable[[str], None]
) -> None:
    directory, name = os.path.split(source_path)
    if not _is_stored(storage, marks, name=name):
        claim = _start_others(marks, start=start, directory=directory, name=name)
        try:
            if claim is None or not _is_stored(storage, marks, name=name):
                from ..._io.wal.fetched_spool import remove_abandoned

                # A server that archives does not recover any more, but for a standby, whose process holds its own.
                remove_abandoned(directory)

                _store(_new_push(storage, config=config), marks, claim, source_path=source_path)
        finally:
            if claim is not None:
                claim.release()
    marks.forget(name)


def _new_push(storage: Storage, *, config: dict[str, str]) -> Push:
    """What stores files in each repository that is required."""
    if has_several(config):
        from ..._io.repository.several_push import new_push_to_all

        return new_push_to_all(storage, config=config)
    from ..._io.repository.wal_push import new_push

    return new_push(storage, config=config)


def _store(push: Push, marks: ArchivedMarks, claim: Claim | None, *, source_path: str) -> None:
    if claim is None:
        push.store(source_path)
        return
    claim.clear()
    push.store(source_path)
    # For those that wait to give a name to what comes behind it.
    claim.write("stored")


def _is_stored(storage: Storage, marks: ArchivedMarks, *, name: str) -> bool:
    """Whether the segment that has this name now was stored already, and still is where that can be seen at once."""
    found = marks.find(name)
    if found is None:
        return False
    key, version, age_seconds = found
    if storage.local_directory("") is None:
        return 0 <= age_seconds < _TRUSTED_SECONDS
    stat = storage.stat(key)
    return stat is not None and stat[2] == version


def _origin(config_path: str) -> str:
    """Who archives by which configuration: where any of it is another now, no mark counts."""
    found = os.stat(config_path)
    version = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    return ascii((hostname(), machine_id(), os.getcwd(), config_path, version))


def _start_others(marks: ArchivedMarks, *, start: Callable[[str], None], directory: str, name: str) -> Claim | None:
    """Let processes store what waits behind this segment; the claim on this one, ``None``: it is stored alone."""
    try:
        waiting = waiting_segments(os.listdir(directory + "/archive_status"), timeline=name[:8])
        if name not in waiting or (name == waiting[-1] and not marks.is_claimed(name)):
            return None
        # Taken before there is another process, which must not store what comes behind before this one.
        claim = marks.claim(name, waits=False)
        if name != waiting[-1]:
            start(name)
        return claim or marks.claim(name, waits=True)
    except OSError:
        # pg_wal cannot be written, or this file is none of a server's.
        return None


__all__ = ("run",)
