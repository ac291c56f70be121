# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr archive-get``: PostgreSQL's restore_command."""

from __future__ import annotations

import os

from ..._core.errors import Damaged, Failed, Missing, PitrError
from ..._core.host.agent_config import has_several
from ..._core.wal.file_name import SEGMENT, TIMELINE_HISTORY, wal_file_kind
from ..._io.host.agent_config import agent_config_path, read_agent_config
from ..._io.host.kept_identity import KeptIdentity
from ..._io.host.machine import hostname
from ..._io.host.session import session_leader
from ..._io.repository.cluster_json import read_cluster_document
from ..._io.repository.storages import configured_storage
from ..._io.wal.fetch import fetch_wal_file
from ..._io.wal.lookup import find_stored, has_segments, later_segment
from ..console.command_line import cluster_and_names, take_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._io.storage.port import Storage
    from ..._io.wal.fetched_spool import FetchedSpool

# The one failure that recovery may end with; every other one is raised and becomes EXIT_GET_FAILED.
EXIT_MISSING = 1


def run(arguments: Sequence[str], *, config_directory: str) -> int:
    """Fetch the WAL file ``%f`` to ``%p``: 0 when it is there, 1 when the archive ends before it; all else raises.

    With ``--until SEGMENT``, the archive may end behind that segment, which is the last that the recovery needs; with
    ``--last SEGMENT`` it does end there, whatever is stored. To a
    standby, a file that is missing or a repository that is away is the archive's end for now: it asks again after that,
    and shuts down after anything else.
    """
    until, arguments = take_option(arguments, name="--until")
    last, arguments = take_option(arguments, name="--last")
    until = until or last
    try:
        return _get(arguments, until=until, last=last, config_directory=config_directory)
    except (PitrError, OSError) as error:
        if until is not None or not os.path.exists("standby.signal"):
            raise
        from .following import has_no_target, may_come

        if not may_come(error) or not has_no_target():
            raise
        from ..console.messages import complain

        complain(error)
        return EXIT_MISSING


def _get(arguments: Sequence[str], *, until: str | None, last: str | None, config_directory: str) -> int:
    cluster_name, (name, destination) = cluster_and_names(arguments, names=("%f", "%p"))
    if _is_behind(name, until=last):
        return EXIT_MISSING
    config = read_agent_config(config_directory, cluster_name=cluster_name)

    def new_storage() -> Storage:
        return configured_storage(config, name=cluster_name)

    def fetch() -> int:
        if not has_several(config):
            return _fetch(new_storage(), config=config, name=name, destination=destination, until=until)
        from .get_several import fetch_from_any

        return fetch_from_any(
            config,
            cluster_name=cluster_name,
            name=name,
            fetch=lambda storage, one: _fetch(storage, config=one, name=name, destination=destination, until=until),
        )

    config_path = agent_config_path(config_directory, cluster_name=cluster_name)
    spool = _spool_of_this_recovery(config_path, name=name, destination=destination)
    if spool is None:
        return fetch()
    if not spool.take(name, destination=destination):
        code = fetch()
        if code:
            return code
    from .get_ahead import fetch_ahead

    directory = os.path.dirname(destination)
    fetch_ahead(spool, new_storage=new_storage, directory=directory, name=name, until=until)
    return 0


def _spool_of_this_recovery(config_path: str, *, name: str, destination: str) -> FetchedSpool | None:
    """What was fetched ahead for the recovery of the current directory; ``None``: it is none, or no segment is asked.

    The recovery is known by its process, and by all that says from where it recovers.
    """
    directory, file_name = os.path.split(destination)
    if file_name != "RECOVERYXLOG" or wal_file_kind(name) != SEGMENT:
        return None
    if not (os.path.exists("recovery.signal") or os.path.exists("standby.signal")):
        return None
    leader = session_leader()
    if leader is None:
        return None
    from ..._io.wal.fetched_spool import FetchedSpool

    found = os.stat(config_path)
    version = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    return FetchedSpool(directory, owner=ascii((hostname(), os.getcwd(), config_path, version, leader)))


def _fetch(storage: Storage, *, config: dict[str, str], name: str, destination: str, until: str | None) -> int:
    if config["repository_mount_point"]:
        from ..._io.storage.mount import check_mounted

        check_mounted(config["repository_mount_point"])
    document = read_cluster_document(storage)
    # PostgreSQL runs the command in the directory that it recovers.
    identity = KeptIdentity(".")
    try:
        fetch_wal_file(storage, name=name, destination=destination, document=document, identity=identity)
    except (Damaged, Missing) as error:
        if _is_behind(name, until=until):
            # PostgreSQL has read ahead of its target; should it ever need this, it ends with an error of its own.
            return EXIT_MISSING
        if isinstance(error, Damaged):
            raise
        what_follows = _what_follows(storage, name=name)
        if what_follows is None:
            return EXIT_MISSING
        if find_stored(storage, name=name) is None:
            raise _hole(name, what_follows) from None
        # It was stored between the two looks, and the later one after it.
        fetch_wal_file(storage, name=name, destination=destination, document=document, identity=identity)
    return 0


def _is_behind(name: str, *, until: str | None) -> bool:
    """Whether this is a segment behind another one, on whatever timeline."""
    return until is not None and wal_file_kind(name) == SEGMENT and name[8:] > until[8:]


def _what_follows(storage: Storage, *, name: str) -> str | None:
    """What shows that the missing file should be there; ``None``: nothing, so the archive ends before it."""
    kind = wal_file_kind(name)
    if kind == SEGMENT:
        return later_segment(storage, name=name)
    # The first timeline has no history.
    if kind == TIMELINE_HISTORY and int(name[:8], 16) > 1 and has_segments(storage, timeline=name[:8]):
        return f"WAL of timeline {int(name[:8], 16)}"
    return None


def _hole(name: str, what_follows: str) -> Failed:
    is_segment = wal_file_kind(name) == SEGMENT
    return Failed(
        f"'{name}' is not in the repository, although {what_follows} is",
        code="segment-hole" if is_segment else "history-missing",
        hint="Recovery stops here rather than lose what comes after. Put the file back, or recover to a moment before.",
    )


__all__ = ("EXIT_MISSING", "run")
