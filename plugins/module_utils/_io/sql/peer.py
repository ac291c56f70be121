# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has to be at the other end of a cluster's socket.

Where many may make sockets, as in ``/tmp``, any user can be the first on that of a server that is down. He would be
sent the password that the account has for it, and be believed.
"""

from __future__ import annotations

from ..._core.errors import Unavailable
from ..._core.postgres.cluster import Cluster
from ..privilege.account import uid_of

# libpq has the name of its parameter in the message, whatever the language. Source: PQconnectPoll in fe-connect.c.
_PARAMETER = "requirepeer"


def required_peer(cluster: Cluster) -> str:
    """The user whom the server at the cluster's socket runs as, for ``requirepeer``.

    Empty: libpq can't tell, of a connection by TCP, and on a host that has no name for the user's number.
    """
    return cluster.os_user if cluster.socket_directory and uid_of(cluster.os_user) is not None else ""


def foreign_server(cluster: Cluster, *, words: str) -> Unavailable | None:
    """The error for libpq's words where somebody else was at the other end; ``None``: they say something else."""
    if _PARAMETER not in words:
        return None
    return Unavailable(
        f"what answers on port {cluster.port} in '{cluster.socket_directory}' is not the server of"
        f" '{cluster.data_directory}', which runs as '{cluster.os_user}': {words}",
        code="server-foreign",
        hint="Nothing was sent to it. See which process has the socket (ss -xlp), end it, and start the cluster; let"
        " unix_socket_directories be a directory in which nobody else may write.",
    )


__all__ = ("foreign_server", "required_peer")
