# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a base backup asks the server."""

from __future__ import annotations

from dataclasses import replace

from ..._core.archiving.archiver_stats import ReadyFiles
from ..._core.backup.incremental_obstacle import summaries_missing
from ..._core.backup.server_facts import ASKED_SETTINGS, BackupFacts, Restartpoint
from ..._core.catalogue.record import Backup
from ..._core.catalogue.truncations import Truncations
from ..._core.wal.lsn import Lsn
from ..._core.wal.summaries import WalSummaries, covered_until
from ..._core.wal.summarizer import stuck_reason
from ..._io.host.wait import wait_until
from ..._io.sql.held_wal import stuck_summarizer
from ..._io.sql.server import Server

_SUMMARIZER_START_SECONDS = 3
_PAUSE_SECONDS = 0.2
_WAITING_FOR_ARCHIVE = "waiting for wal archiving to finish"


def backup_facts(server: Server, *, ready: ReadyFiles) -> BackupFacts:
    """Everything that has to be known before a base backup; ``ready`` is what waits to be archived.

    Raises what :meth:`Server.rows` raises.
    """
    in_recovery = server.in_recovery()
    timeline = server.timeline()
    settings = _settings(server)
    user, may_replicate, is_superuser = server.one(
        "SELECT rolname::text, rolsuper OR rolreplication, rolsuper FROM pg_catalog.pg_roles"
        " WHERE rolname = session_user"
    )
    return BackupFacts(
        now=server.now(),
        timeline=timeline,
        in_recovery=in_recovery,
        user=user,
        may_replicate=may_replicate,
        system_identifier=server.system_identifier(),
        tablespaces=server.tablespaces(),
        settings=settings,
        wal_compression_values=_wal_compression_values(server),
        archiver=server.archiver_stats(),
        ready=ready,
        size_bytes=_size_bytes(server),
        summaries=_watched_summaries(server, timeline=timeline) if settings.get("summarize_wal") == "on" else None,
        restartpoint=_restartpoint(server) if in_recovery else None,
        is_superuser=is_superuser,
    )


def wal_summaries(server: Server, *, timeline: int) -> WalSummaries:
    """What the server has of this timeline's summaries (PostgreSQL 17 and later, with ``summarize_wal`` on).

    A summarizer that is not there yet, as in the first moment after a start, is waited for.
    """
    return wait_until(
        lambda: _wal_summaries(server, timeline=timeline),
        enough=lambda found: found.is_running,
        seconds=_SUMMARIZER_START_SECONDS,
        pause_seconds=_PAUSE_SECONDS,
    )


def _watched_summaries(server: Server, *, timeline: int) -> WalSummaries:
    """The summaries, and whether their summarizer stands still."""
    stuck = stuck_summarizer(server)
    summaries = wal_summaries(server, timeline=timeline)
    return summaries if stuck is None else replace(summaries, stuck=stuck_reason(stuck))


def _wal_summaries(server: Server, *, timeline: int) -> WalSummaries:
    ranges = server.rows(
        "SELECT start_lsn::text, end_lsn::text FROM pg_catalog.pg_available_wal_summaries() WHERE tli = %(timeline)s",
        {"timeline": timeline},
    )
    summarized_timeline, summarized_lsn, is_running = server.one(
        "SELECT summarized_tli::bigint, summarized_lsn::text, summarizer_pid IS NOT NULL"
        " FROM pg_catalog.pg_get_wal_summarizer_state()"
    )
    return WalSummaries.of(
        ((Lsn.parse(str(start)), Lsn.parse(str(end))) for start, end in ranges),
        timeline=timeline,
        summarized=(int(summarized_timeline), Lsn.parse(str(summarized_lsn))),
        is_running=bool(is_running),
    )


def truncations_since(server: Server, parent: Backup, *, until: Lsn) -> Truncations:
    """The truncations in the WAL from the parent's beginning to ``until``, where the backup that builds on it begins.

    Summaries end where backups begin, since both do at a checkpoint's redo position. Raises NotIncremental
    (``wal-summaries-missing``) when those of this WAL are not there any more.
    """
    bounds = {"timeline": parent.timeline, "start": str(parent.start_lsn), "end": str(until)}
    ranges = server.rows(
        "SELECT start_lsn::text, end_lsn::text FROM pg_catalog.pg_available_wal_summaries()"
        " WHERE tli = %(timeline)s AND start_lsn >= %(start)s::pg_lsn AND end_lsn <= %(end)s::pg_lsn",
        bounds,
    )
    reached = covered_until(
        parent.start_lsn, ranges=sorted((Lsn.parse(str(start)), Lsn.parse(str(end))) for start, end in ranges)
    )
    if reached < until:
        raise summaries_missing(
            f"the summaries of the WAL since '{parent.label}' are gone: the one from {reached} on is missing"
        ).error()
    # A length of zero means that the backup has the whole file.
    rows = server.rows(
        "SELECT reltablespace::bigint, reldatabase::bigint, relfilenode::bigint, min(relblocknumber)::bigint"
        " FROM pg_catalog.pg_available_wal_summaries(),"
        " LATERAL pg_catalog.pg_wal_summary_contents(tli, start_lsn, end_lsn)"
        " WHERE tli = %(timeline)s AND start_lsn >= %(start)s::pg_lsn AND end_lsn <= %(end)s::pg_lsn"
        " AND is_limit_block AND relforknumber = 0 GROUP BY 1, 2, 3 HAVING min(relblocknumber) > 0",
        bounds,
    )
    return Truncations.of([int(each) for each in row] for row in rows)


def is_waiting_for_archive(server: Server) -> bool:
    """Whether a base backup has sent everything and only waits until the archive has its WAL."""
    found = server.rows(
        "SELECT 1 FROM pg_catalog.pg_stat_progress_basebackup WHERE phase = %(phase)s", {"phase": _WAITING_FOR_ARCHIVE}
    )
    return bool(found)


def _restartpoint(server: Server) -> Restartpoint:
    lsn, full_page_writes = server.one(
        "SELECT redo_lsn::text, full_page_writes FROM pg_catalog.pg_control_checkpoint()"
    )
    return Restartpoint(Lsn.parse(str(lsn)), bool(full_page_writes))


def _settings(server: Server) -> dict[str, str]:
    found = server.rows(
        "SELECT name, setting FROM pg_catalog.pg_settings WHERE name = ANY (%(names)s)", {"names": list(ASKED_SETTINGS)}
    )
    return {str(name): str(value) for name, value in found}


def _wal_compression_values(server: Server) -> tuple[str, ...]:
    # A boolean setting (before 15) has no list of values.
    found = server.rows(
        "SELECT pg_catalog.array_to_string(enumvals, ',') FROM pg_catalog.pg_settings"
        " WHERE name = 'wal_compression' AND enumvals IS NOT NULL"
    )
    return tuple(str(found[0][0]).split(",")) if found else ()


def _size_bytes(server: Server) -> int | None:
    """What the databases take; ``None`` for a login that may not ask for every one of them."""
    (size_bytes,) = server.one(
        "SELECT CASE WHEN bool_and(allowed) THEN sum(size)::bigint END FROM ("
        " SELECT allowed, CASE WHEN allowed THEN pg_catalog.pg_database_size(oid) END AS size FROM ("
        " SELECT oid, pg_catalog.has_database_privilege(oid, 'CONNECT')"
        " OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS allowed"
        " FROM pg_catalog.pg_database) AS databases) AS sizes"
    )
    return None if size_bytes is None else int(size_bytes)


__all__ = ("backup_facts", "is_waiting_for_archive", "truncations_since", "wal_summaries")
