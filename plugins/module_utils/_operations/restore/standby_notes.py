# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore or its rollback says of the standbys of the server that it stops."""

from __future__ import annotations

from collections.abc import Callable

from ..._core.errors import PitrError
from ..._core.postgres.cluster import Cluster
from ..._core.restore.standbys import slots_to_make, standbys_to_rewind
from ..._core.wal.lsn import Lsn
from ..._io.sql.server import Server
from ..._io.sql.standbys import slots_of, standbys_of

_DOWN = "server-down"

Connect = Callable[[Cluster], Server]


def standby_notes(cluster: Cluster, *, fork: Lsn, connect: Connect) -> tuple[str, ...]:
    """The standbys that are ahead of ``fork``, in a sentence; nothing of a server that does not run.

    A server that cannot be asked keeps nobody from a restore.
    """
    return _asked(cluster, lambda server: standbys_to_rewind(standbys_of(server), fork=fork), connect=connect)


def replaced_notes(cluster: Cluster, *, fork: Lsn | None, connect: Connect) -> tuple[str, ...]:
    """What becomes of standbys and slots of a cluster that is replaced; ``fork``: ``None``: no WAL is given up."""

    def ask(server: Server) -> tuple[str, ...]:
        standbys = () if fork is None else standbys_to_rewind(standbys_of(server), fork=fork)
        return (*(f"standbys {sentence}" for sentence in standbys), *slots_to_make(slots_of(server)))

    return _asked(cluster, ask, connect=connect)


def _asked(cluster: Cluster, ask: Callable[[Server], tuple[str, ...]], *, connect: Connect) -> tuple[str, ...]:
    try:
        server = connect(cluster)
        try:
            return ask(server)
        finally:
            server.close()
    except PitrError as error:
        if error.code == _DOWN:
            return ()
        return (f"standbys and slots are not known, as the server does not answer: {error.message}",)


__all__ = ("Connect", "replaced_notes", "standby_notes")
