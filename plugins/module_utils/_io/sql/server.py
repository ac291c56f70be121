# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The port to a running server: named questions, each with the one statement that answers it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..._core.archiving.archiver_stats import ArchiverStats
from ..._core.postgres.seen_settings import FileSetting, ServerSetting
from ..._core.wal.lsn import Lsn

# The code of the error for a lock that was not granted within the session's lock_timeout.
LOCK_TIMEOUT = "lock-timeout"
# Of a statement that the replay of WAL has cancelled.
RECOVERY_CONFLICT = "recovery-conflict"
# Of a statement that the role has no right to.
NOT_PERMITTED = "not-permitted"


class Server(ABC):
    """A connection to one running PostgreSQL server, as a role that may read its settings and statistics.

    Implementations set ``connect_timeout``, ``statement_timeout``, ``search_path`` and ``application_name``, and run
    every statement in autocommit. Parameters are named: ``%(name)s``.
    """

    @abstractmethod
    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
        """All rows of one statement. Raises Failed (``sql-failed``, ``not-permitted``) with the server's own words,
        Unavailable (``server-down``, ``lock-timeout``, ``recovery-conflict``)."""

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
        return _moment(self.one("SELECT clock_timestamp()")[0])

    def insert_lsn(self) -> Lsn:
        """Where the next WAL record will be written (primary only)."""
        return Lsn.parse(self.one("SELECT pg_current_wal_insert_lsn()::text")[0])

    def setting(self, name: str) -> str | None:
        """The value in force of one setting as ``pg_settings`` shows it; ``None`` when this version has none."""
        found = self.rows("SELECT setting FROM pg_catalog.pg_settings WHERE name = %(name)s", {"name": name})
        return str(found[0][0]) if found else None

    def settings(self) -> dict[str, ServerSetting]:
        """Every setting by its name. Where a value comes from is shown to superusers and ``pg_read_all_settings``."""
        found = self.rows(
            "SELECT name, context, setting, source, coalesce(boot_val, ''), pending_restart FROM pg_catalog.pg_settings"
        )
        return {str(row[0]): ServerSetting(*row) for row in found}

    def file_settings(self) -> tuple[FileSetting, ...]:
        """Every line of the configuration files as they are on disk now, in the order in which they are read.

        For superusers (or with EXECUTE on ``pg_show_all_file_settings``).
        """
        found = self.rows(
            "SELECT coalesce(sourcefile, ''), coalesce(sourceline, 0), name, setting, error"
            " FROM pg_catalog.pg_file_settings ORDER BY seqno"
        )
        return tuple(FileSetting(*row) for row in found)

    def is_superuser(self) -> bool:
        """Whether the connection's role may do everything."""
        return bool(self.one("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user")[0])

    def configuration_loaded_at(self) -> datetime:
        """When this session's server process last read the files."""
        return _moment(self.one("SELECT pg_catalog.pg_conf_load_time()")[0])

    def archiver_stats(self) -> ArchiverStats:
        """What the archiver has done since the statistics' last reset."""
        return ArchiverStats(
            *self.one(
                "SELECT archived_count, last_archived_wal, last_archived_time, failed_count, last_failed_wal,"
                " last_failed_time FROM pg_catalog.pg_stat_archiver"
            )
        )

    def timeline(self) -> int:
        """The timeline that a primary writes on (in a recovery: that of the last restartpoint)."""
        if self.in_recovery():
            return int(self.one("SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()")[0])
        return int(str(self.one("SELECT pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn())")[0])[:8], 16)

    def write_marker(self) -> Lsn:
        """Write one WAL record that means nothing to anybody; the position behind it."""
        answer = self.one("SELECT pg_catalog.pg_logical_emit_message(false, 'pgfleet.pitr', 'proof')::text")
        return Lsn.parse(str(answer[0]))

    def create_restore_point(self, name: str) -> tuple[Lsn, datetime]:
        """Write a restore point; the position behind its record, and when it was there."""
        lsn, moment = self.one(
            "SELECT pg_catalog.pg_create_restore_point(%(name)s)::text, clock_timestamp()", {"name": name}
        )
        return Lsn.parse(str(lsn)), _moment(moment)

    def switch_segment(self) -> None:
        """End the current WAL segment, unless nothing was written to it yet."""
        self.rows("SELECT pg_catalog.pg_switch_wal()")

    def system_identifier(self) -> str:
        """The number that all copies of this cluster share."""
        return str(self.one("SELECT system_identifier::text FROM pg_catalog.pg_control_system()")[0])

    def tablespaces(self) -> dict[int, str]:
        """Locations of the tablespaces but the two inherent ones, by oid; relative for those made in place."""
        found = self.rows(
            "SELECT oid::bigint, pg_catalog.pg_tablespace_location(oid) FROM pg_catalog.pg_tablespace"
            " WHERE pg_catalog.pg_tablespace_location(oid) <> ''"
        )
        return {int(oid): str(location) for oid, location in found}

    def hba_errors(self) -> tuple[str, ...]:
        """What is wrong in ``pg_hba.conf`` as it is now, with the lines: with any of it the server would not start."""
        found = self.rows(
            "SELECT line_number, error FROM pg_catalog.pg_hba_file_rules WHERE error IS NOT NULL ORDER BY line_number"
        )
        return tuple(f"line {line}: {error}" for line, error in found)


def _moment(answer: Any) -> datetime:
    if not isinstance(answer, datetime):
        raise AssertionError(f"the server's answer is {answer!r}, and a time was asked for")
    return answer


__all__ = (
    "LOCK_TIMEOUT",
    "NOT_PERMITTED",
    "RECOVERY_CONFLICT",
    "Server",
)
