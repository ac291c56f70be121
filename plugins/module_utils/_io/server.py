# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The port to a running server: named questions, each with the one statement that answers it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .._core.lsn import Lsn


class Server(ABC):
    """A connection to one running PostgreSQL server, as a role that may read its settings and statistics.

    Implementations set ``connect_timeout``, ``statement_timeout``, ``search_path`` and ``application_name``, and run
    every statement in autocommit. Parameters are named: ``%(name)s``.
    """

    @abstractmethod
    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
        """All rows of one statement. Raises Failed (``sql-failed``) with the server's own words."""

    @abstractmethod
    def close(self) -> None:
        """End the connection."""

    def one(self, statement: str, parameters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
        """The only row."""
        return self.rows(statement, parameters)[0]

    def in_recovery(self) -> bool:
        """Whether the server replays WAL (a standby, or a recovery that is going on)."""
        return bool(self.one("SELECT pg_is_in_recovery()")[0])

    def now(self) -> datetime:
        """The server's clock, with its offset."""
        moment = self.one("SELECT clock_timestamp()")[0]
        assert isinstance(moment, datetime)
        return moment

    def insert_lsn(self) -> Lsn:
        """Where the next WAL record will be written (primary only)."""
        return Lsn.parse(self.one("SELECT pg_current_wal_insert_lsn()::text")[0])

    def setting(self, name: str) -> str | None:
        """The value in force of one setting as ``pg_settings`` shows it; ``None`` when this version has none."""
        found = self.rows("SELECT setting FROM pg_catalog.pg_settings WHERE name = %(name)s", {"name": name})
        return str(found[0][0]) if found else None

    def tablespaces(self) -> dict[int, str]:
        """Locations of the tablespaces outside the data directory, by oid."""
        found = self.rows(
            "SELECT oid::bigint, pg_catalog.pg_tablespace_location(oid) FROM pg_catalog.pg_tablespace"
            " WHERE pg_catalog.pg_tablespace_location(oid) <> ''"
        )
        return {int(oid): str(location) for oid, location in found}


__all__ = ("Server",)
