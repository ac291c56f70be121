# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching the segments that a recovery asks for next, in a process beside its calls.

It ends with the recovery, or where nobody has taken anything for a minute, and leaves nothing behind. It decides
nothing: what is missing, damaged or out of reach the call for that segment finds by itself, and tells PostgreSQL.
"""

from __future__ import annotations

import os
import time

from ..._core.errors import PitrError
from ..._core.wal.segments_ahead import segments_ahead
from ..._io.host.detached_process import run_detached
from ..._io.host.free_space import free_bytes
from ..._io.host.kept_identity import KeptIdentity
from ..._io.host.session import is_alive
from ..._io.repository.cluster_json import read_cluster_document
from ..._io.wal.fetch import fetch_wal_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..._io.storage.port import Storage
    from ..._io.wal.fetched_spool import FetchedSpool

_IDLE_SECONDS = 60
_PAUSE_SECONDS = 0.01
# The server itself needs its room in pg_wal first.
_ROOM_BYTES = 1 << 29


def fetch_ahead(
    spool: FetchedSpool, *, new_storage: Callable[[], Storage], directory: str, name: str, until: str | None
) -> None:
    """Let a process fetch what comes behind the segment ``name``, which PostgreSQL has now, unless one does."""
    try:
        if free_bytes(directory) < _ROOM_BYTES:
            return
        lock = spool.lock()
        if lock < 0:
            spool.note_position(name)
            return
        try:
            spool.begin()
            spool.note_position(name)
            recovery = os.getsid(0)
            run_detached(lambda: _work(spool, new_storage(), recovery=recovery, until=until), keeps=lock)
        finally:
            os.close(lock)
    except OSError:
        # pg_wal cannot be written, or no more processes are to be had: the calls fetch one by one.
        return


def _work(spool: FetchedSpool, storage: Storage, *, recovery: int, until: str | None) -> None:
    # The server's signals end the processes of the recovery's session; this one has to clean up first.
    os.setsid()
    AheadOfRecovery(spool, storage, until=until).run(lambda: is_alive(recovery))


class AheadOfRecovery:
    """What is fetched into ``spool`` ahead of the position that is noted there."""

    def __init__(self, spool: FetchedSpool, storage: Storage, *, until: str | None) -> None:
        self._spool = spool
        self._storage = storage
        self._until = until
        self._identity = KeptIdentity(".")
        self._position = ""
        # Where fetching ended; it is tried again once PostgreSQL has gone on.
        self._ended = False

    def run(self, goes_on: Callable[[], bool]) -> None:
        """Fetch and wait, as long as the recovery goes on and takes what is there."""
        try:
            document = read_cluster_document(self._storage)
            idle_at = time.monotonic() + _IDLE_SECONDS
            while goes_on() and time.monotonic() < idle_at:
                position = self._spool.position()
                if position != self._position:
                    self._position, self._ended = position, False
                    idle_at = time.monotonic() + _IDLE_SECONDS
                if not self._step(document):
                    return
        except PitrError:
            # The repository is away.
            return
        finally:
            self._spool.remove()

    def _step(self, document: dict[str, Any]) -> bool:
        """Fetch one segment, or wait a little; ``False``: there is nothing more to do."""
        names = segments_ahead(self._position, size_bytes=document["segment_size_bytes"], until=self._until)
        there = self._spool.keep_only(names)
        wanted = next((name for name in names if name not in there), None)
        if wanted is None and not there:
            return False
        if wanted is None or self._ended:
            time.sleep(_PAUSE_SECONDS)
            return bool(there)
        try:
            destination = self._spool.path(wanted)
            fetch_wal_file(
                self._storage, name=wanted, destination=destination, document=document, identity=self._identity
            )
        except (PitrError, OSError):
            self._ended = True
        return True


__all__ = ("AheadOfRecovery", "fetch_ahead")
