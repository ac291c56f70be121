# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server port over psycopg2."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any

try:
    import psycopg2
except ImportError:
    psycopg2 = None  # type: ignore[assignment]

from .._core.errors import Failed, Unavailable
from .._core.postgres.cluster import Cluster
from .._core.postgres.session_settings import OWN_SESSION, session_options
from .._core.redaction import redacted
from .._io.postgres.postmaster import postmaster_file
from .._io.sql.peer import foreign_server, required_peer
from .._io.sql.server import LOCK_TIMEOUT, NOT_PERMITTED, RECOVERY_CONFLICT, Server

_APPLICATION_NAME = "pgfleet.pitr"
# SQLSTATE, see appendix A of the manual. A recovery conflict has that of a serialization failure, or of a deadlock
# (ProcessInterrupts in src/backend/tcop/postgres.c).
_LOCK_NOT_AVAILABLE = "55P03"
_INSUFFICIENT_PRIVILEGE = "42501"
_RECOVERY_CONFLICT = ("40001", "40P01")
_CONNECT_TIMEOUT_SECONDS = 10
_STATEMENT_TIMEOUT_SECONDS = 120
# template1 exists even if the database postgres was dropped.
_DATABASES = ("postgres", "template1")


class Psycopg2Server(Server):
    """A connection in autocommit. Made by :func:`connect`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        connection.set_session(autocommit=True)

    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return cursor.fetchall() if cursor.description else []
        except psycopg2.Error as error:
            if self._connection.closed:
                raise Unavailable(
                    f"the server ended the connection: {_words(error)}",
                    code="server-down",
                    hint="The server was stopped or has crashed; its log says why.",
                ) from error
            if error.pgcode == _LOCK_NOT_AVAILABLE:
                raise Unavailable(
                    f"a lock was not granted in time: {_words(error)}",
                    code=LOCK_TIMEOUT,
                    hint=f"Another session holds it. The statement was: {redacted(statement)}",
                ) from error
            if error.pgcode in _RECOVERY_CONFLICT:
                raise Unavailable(
                    f"the recovery went on where a statement was reading: {_words(error)}",
                    code=RECOVERY_CONFLICT,
                    hint=f"Ask again. The statement was: {redacted(statement)}",
                ) from error
            raise Failed(
                f"the server rejected a statement: {_words(error)}",
                code=NOT_PERMITTED if error.pgcode == _INSUFFICIENT_PRIVILEGE else "sql-failed",
                hint=f"The statement was: {redacted(statement)}",
            ) from error

    def close(self) -> None:
        self._connection.close()


def check_driver() -> None:
    """Raise Unavailable (``psycopg2-missing``) where no connection can be made."""
    if psycopg2 is None:
        raise Unavailable(
            "the Python that runs this module has no psycopg2",
            code="psycopg2-missing",
            hint="Install python3-psycopg2 on the host, or set 'ansible_python_interpreter' to a Python that has it.",
        )


def connect(
    cluster: Cluster,
    *,
    login_user: str | None = None,
    database: str | None = None,
    statement_timeout_seconds: float = _STATEMENT_TIMEOUT_SECONDS,
    session: Mapping[str, str] = OWN_SESSION,
) -> Psycopg2Server:
    """A connection to the cluster's server over its Unix socket (TCP to this host where it has none).

    ``session`` are the settings that it begins with. Without ``database`` it is any that is there.

    Call it while acting as the cluster's operating system user, so that peer authentication knows who asks. Raises
    Unavailable: ``server-down``, ``server-foreign``, ``server-starting``, ``login-failed``, ``psycopg2-missing``.
    """
    check_driver()
    _check_listening(cluster)
    settings = session_options(
        {"statement_timeout": int(statement_timeout_seconds * 1000), **session}, version=cluster.version
    )
    said = []
    for user in cluster.login_roles(login_user):
        for name in [database] if database else _DATABASES:
            try:
                return Psycopg2Server(_logged_in(cluster, user=user, database=name, settings=settings))
            except psycopg2.OperationalError as error:
                said.append(f"as '{user}': {_words(error)}")
    raise _not_accepted(cluster, said=said)


def has_psycopg2() -> bool:
    """Whether the Python that runs this can connect at all."""
    return psycopg2 is not None


def _logged_in(cluster: Cluster, *, user: str, database: str, settings: str) -> Any:
    return psycopg2.connect(
        host=cluster.socket_directory or "localhost",
        port=cluster.port,
        user=user,
        dbname=database,
        application_name=_APPLICATION_NAME,
        connect_timeout=_CONNECT_TIMEOUT_SECONDS,
        options=settings,
        requirepeer=required_peer(cluster),
    )


def _check_listening(cluster: Cluster) -> None:
    # Tried here, because psycopg2 has no code for it and its messages are translated.
    try:
        if cluster.socket_directory:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(_CONNECT_TIMEOUT_SECONDS)
                probe.connect(os.path.join(cluster.socket_directory, f".s.PGSQL.{cluster.port}"))
        else:
            socket.create_connection(("localhost", cluster.port), timeout=_CONNECT_TIMEOUT_SECONDS).close()
    except OSError as error:
        where = cluster.socket_directory or "localhost"
        raise Unavailable(
            f"no server answers for '{cluster.data_directory}' on port {cluster.port} in '{where}': {error.strerror}",
            code="server-down",
            hint="Start the cluster's service; its log says why it stopped. Is 'pitr_cluster_port' right?",
        ) from error


def _words(error: Exception) -> str:
    return redacted(str(error).strip())


def _not_accepted(cluster: Cluster, *, said: Sequence[str]) -> Unavailable:
    content = postmaster_file(cluster.data_directory)
    words = "; ".join(said)
    foreign = foreign_server(cluster, words=words)
    if foreign is not None:
        return foreign
    if content is not None and not content.accepts_connections:
        return Unavailable(
            f"the server of '{cluster.data_directory}' does not accept connections (it is {content.status}): {words}",
            code="server-starting",
            hint="Wait until it has started or recovered, and try again.",
        )
    return Unavailable(
        f"the server of '{cluster.data_directory}' on port {cluster.port} refused the login: {words}",
        code="login-failed",
        hint="Set 'pitr_cluster_login_user' to a superuser that pg_hba.conf lets in over the Unix socket.",
    )


__all__ = ("Psycopg2Server", "check_driver", "connect", "has_psycopg2")
