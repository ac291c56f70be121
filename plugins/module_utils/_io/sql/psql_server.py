# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server port over the ``psql`` program, where psycopg2 is not installed."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from ..._core.errors import Failed, Unavailable
from ..._core.postgres.cluster import Cluster
from ..._core.postgres.session_settings import OWN_SESSION, session_options
from ..._core.postgres.sql_text import with_parameters
from ..._core.redaction import redacted
from ..host.runner import Result
from .peer import foreign_server, required_peer
from .psql_session import PsqlSession
from .server import Server

_CONNECT_TIMEOUT_SECONDS = 10
_STATEMENT_TIMEOUT_SECONDS = 120
_CONNECTION_FAILED = 2
# Neither can be a value: psql prints NULL as the first, and the second stands on a line between the two answers.
_NULL = "\x01null\x01"
_BORDER = "\x01types\x01"


def _moment(text: str) -> datetime:
    # "2026-09-15 14:30:00.5+00": the session's time zone is UTC. Python 3.9 reads six digits of a second or none.
    seconds, _unused, fraction = text.rpartition("+")[0].partition(".")
    return datetime.fromisoformat(seconds).replace(microsecond=int(fraction.ljust(6, "0")), tzinfo=timezone.utc)


_CONVERSIONS: Mapping[str, Callable[[str], Any]] = {
    "boolean": lambda text: text == "t",
    "smallint": int,
    "integer": int,
    "bigint": int,
    "oid": int,
    "numeric": Decimal,
    "real": float,
    "double precision": float,
    "timestamp with time zone": _moment,
}


class PsqlServer(Server):
    """Runs one ``psql``, as the user that the process acts as at the first question.

    Booleans, numbers and ``timestamptz`` become Python's; every other type is text.
    """

    def __init__(self, cluster: Cluster, *, login_user: str | None = None) -> None:
        self._cluster = cluster
        # The first that is let in stays.
        self._users = list(cluster.login_roles(login_user))
        self._session: PsqlSession | None = None

    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
        result = self._ask(f"{with_parameters(statement, parameters)}\n;\n\\echo {_BORDER}\n\\gdesc\n")
        if result.rc != 0:
            raise self._refused(result, statement=statement)
        answer, _unused, description = result.stdout.partition(f"{_BORDER}\n")
        conversions = [_CONVERSIONS.get(row[1], str) for row in _csv(description) if len(row) == 2]
        return [
            tuple(None if text == _NULL else convert(text) for text, convert in zip(row, conversions))
            # A line with nothing on it is a row whose only value is the empty text.
            for row in (line or [""] for line in _csv(answer))
            if conversions
        ]

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _ask(self, script: str) -> Result:
        """The answer of the session that is there; of a new one where its server is gone, as after a restart."""
        if self._session is not None:
            result = self._ask_session(self._session, script)
            if result.rc != _CONNECTION_FAILED:
                return result
        result = self._connect()
        return result if self._session is None else self._ask_session(self._session, script)

    def _connect(self) -> Result:
        for user in self._users:
            self._session = PsqlSession(self._argv(user), environment=_environment(self._cluster))
            result = self._ask_session(self._session, "")
            if result.rc != _CONNECTION_FAILED:
                self._users = [user]
                break
        return result

    def _ask_session(self, session: PsqlSession, script: str) -> Result:
        try:
            result = session.ask(script, timeout_seconds=_STATEMENT_TIMEOUT_SECONDS + 30)
        except Unavailable:
            self.close()
            raise
        if result.rc != 0:
            self.close()
        return result

    def _argv(self, user: str) -> tuple[str, ...]:
        return (
            self._cluster.program("psql"),
            *("--no-psqlrc", "--no-password", "--quiet", "--csv", "--tuples-only", f"--pset=null={_NULL}"),
            *("--set=ON_ERROR_STOP=1", f"--host={self._cluster.socket_directory or 'localhost'}"),
            *(f"--port={self._cluster.port}", f"--username={user}", "--dbname=postgres"),
        )

    def _refused(self, result: Result, *, statement: str) -> Failed | Unavailable:
        words = redacted(result.stderr.strip())
        if result.rc == _CONNECTION_FAILED:
            return foreign_server(self._cluster, words=words) or Unavailable(
                f"cannot connect to the server of '{self._cluster.data_directory}': {words}",
                code="server-down",
                hint="Start the cluster, or set the user to connect as.",
            )
        return Failed(
            f"the server rejected a statement: {words}",
            code="sql-failed",
            hint=f"The statement was: {redacted(statement)}",
        )


def _environment(cluster: Cluster) -> dict[str, str]:
    # A password, where one is needed, comes from the user's passfile or environment and is never an argument.
    secrets = {name: os.environ[name] for name in ("PGPASSFILE", "PGPASSWORD") if name in os.environ}
    options: dict[str, str | int] = {
        **OWN_SESSION,
        "statement_timeout": _STATEMENT_TIMEOUT_SECONDS * 1000,
        "DateStyle": "ISO",
        "standard_conforming_strings": "on",
    }
    return {
        **secrets,
        "PGREQUIREPEER": required_peer(cluster),
        "PGAPPNAME": "pgfleet.pitr",
        "PGCLIENTENCODING": "UTF8",
        "PGCONNECT_TIMEOUT": str(_CONNECT_TIMEOUT_SECONDS),
        "PGOPTIONS": session_options(options, version=cluster.version),
    }


def _csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


__all__ = ("PsqlServer",)
