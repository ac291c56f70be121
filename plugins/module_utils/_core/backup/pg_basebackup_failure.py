# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classifying a failure of ``pg_basebackup`` by its messages."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..errors import Damaged, Failed, PitrError, Unavailable
from .compression import compression_unsupported
from .incremental_obstacle import parent_unusable, restartpoint_missing, summaries_missing, summarizing_is_off
from .server_role import full_page_writes_off

UNKNOWN_FAILURE = "base-backup-failed"
# What a directory's name begins with in which a backup lies before it is sent or encrypted.
SPOOL_PREFIX = "pgpitr-spool-"

# Without superuser rights the messages may be in another language; a probe checks for the first ones beforehand.
# Compiled when a backup has failed.
_HBA = r"no pg_hba\.conf entry for replication|pg_hba\.conf rejects replication|Peer authentication failed"
_DENIED = r"must be superuser or replication role|permission denied to start WAL sender"
_SENDERS = r"(?i)exceeds \"?max_wal_senders|too many clients|remaining connection slots"
_SHUT = r"the database system is (shutting down|starting up|in recovery mode)"
_LOST = (
    r"server closed the connection|connection to server|terminating (connection|walsender)"
    r"|could not (read|receive|send)[^\n]*(COPY|data|stream|server)|unexpected (termination|EOF)"
)
_FULL = r"No space left on device|Disk quota exceeded|File too large"
_SPOOL_FULL = rf"/{SPOOL_PREFIX}[^\n]*({_FULL})"
_CHECKSUM = r"checksum (error|verification)|checksum mismatch"
_SUMMARIZING_OFF = r"incremental backups cannot be taken unless WAL summarization is enabled"
_SUMMARIES = r"WAL summaries are required on timeline|WAL summarization is not progressing"
_RESTARTPOINT = r"manifest requires WAL from final timeline"
_FULL_PAGES = r"full_page_writes=off"
_PROMOTED = r"the standby was promoted during online backup"
_PARENT = (
    r"system identifier in backup manifest is|found in manifest, but not in this server's history"
    r"|manifest requires WAL from initial timeline|could not parse backup manifest|manifest checksum mismatch"
)
_COMPRESSION = (
    r"(does not support compression|compression is not supported by this build|not supported by this build|"
    r"unrecognized compression|could not set compression worker count)"
)


def classify_failure(stderr: str, *, rc: int, compression: str, hba_file: str, user: str) -> PitrError:
    """The error for a pg_basebackup that exited with ``rc`` (negative: killed by that signal) and wrote ``stderr``."""
    said = _last_lines(stderr)
    make: Callable[[], PitrError]
    for pattern, make in (
        (_HBA, lambda: hba_refused(said, hba_file=hba_file, user=user)),
        (_DENIED, lambda: replication_denied(user)),
        (_SENDERS, lambda: wal_senders_full(said)),
        (_SUMMARIZING_OFF, lambda: summarizing_is_off().error()),
        (_SUMMARIES, lambda: summaries_missing(said).error()),
        (_RESTARTPOINT, lambda: restartpoint_missing(said).error()),
        (_FULL_PAGES, lambda: full_page_writes_off(said)),
        (_PROMOTED, lambda: _promoted(said)),
        (_PARENT, lambda: parent_unusable(said).error()),
        (_COMPRESSION, lambda: compression_unsupported(compression)),
        (_SPOOL_FULL, lambda: _spool_full(said)),
        (_FULL, lambda: _full(said)),
        (_CHECKSUM, lambda: _pages_damaged(stderr)),
        (_SHUT, lambda: _server_down(said)),
        (_LOST, lambda: _server_down(said)),
    ):
        if re.search(pattern, stderr):
            return make()
    if rc < 0:
        return Failed(
            f"pg_basebackup was killed by signal {-rc}: {said}",
            code="base-backup-killed",
            hint="The backup is not kept. See in the system's log what killed it (out of memory?), and take it again.",
        )
    return Failed(
        f"pg_basebackup failed with exit code {rc}: {said}",
        code=UNKNOWN_FAILURE,
        hint="The backup is not kept. Correct the cause that the message names, and take it again.",
    )


def hba_refused(said: str, *, hba_file: str, user: str) -> Unavailable:
    """The error for a ``pg_hba.conf`` that does not allow replication connections."""
    return Unavailable(
        f"pg_hba.conf does not allow replication connections of user '{user}': {said}",
        code="hba-refused",
        hint=f"Add the line 'local replication {user} peer' to '{hba_file}' (or another method than peer), and reload"
        " the server.",
    )


def replication_denied(user: str) -> Unavailable:
    """The error for a role without the REPLICATION attribute."""
    return Unavailable(
        f"role '{user}' may not open replication connections",
        code="replication-denied",
        hint=f"Run ALTER ROLE \"{user}\" REPLICATION; as a superuser, or set 'pitr_cluster_login_user' to a superuser.",
    )


def wal_senders_full(said: str) -> Unavailable:
    """The error for a server with all replication connections in use."""
    return Unavailable(
        f"no replication connection is free: {said}",
        code="wal-senders-full",
        hint="Raise max_wal_senders (or max_connections), or close a replication connection that is not needed.",
    )


def _promoted(said: str) -> Unavailable:
    return Unavailable(
        f"the standby was promoted while its backup was taken: {said}",
        code="standby-promoted",
        hint="The backup is not kept. Take it again: the cluster is a primary now.",
    )


def _full(said: str) -> Unavailable:
    return Unavailable(
        f"the repository became full while the backup was written: {said}",
        code="repository-full",
        hint="The backup is not kept. Free space on the repository's file system, and take it again.",
    )


def _spool_full(said: str) -> Unavailable:
    return Unavailable(
        f"the temporary directory became full in which the backup lies until it is sent or encrypted: {said}",
        code="scratch-missing",
        hint="The backup is not kept. Set TMPDIR, in the environment of the task or the unit, to a directory of the"
        " cluster's user with room for 'pitr_backup_spool_max_bytes' and the manifest, or lower that variable.",
    )


def _pages_damaged(stderr: str) -> Damaged:
    files = [line.strip() for line in stderr.splitlines() if "checksum" in line]
    return Damaged(
        f"the cluster itself has pages with a wrong checksum: {'; '.join(files[:5])}",
        code="page-checksum-failed",
        hint="The backup is not kept. Repair the cluster first: a backup of damaged pages would restore them.",
    )


def _server_down(said: str) -> Unavailable:
    return Unavailable(
        f"the server ended the backup: {said}",
        code="server-down",
        hint="The backup is not kept. The server's log says why it stopped; take the backup again.",
    )


def _last_lines(stderr: str) -> str:
    lines = [line.strip() for line in re.split(r"[\r\n]+", stderr) if line.strip()]
    return " ".join([line for line in lines if " kB (" not in line][-6:]) or "no message"


__all__ = (
    "SPOOL_PREFIX",
    "UNKNOWN_FAILURE",
    "classify_failure",
    "hba_refused",
    "replication_denied",
    "wal_senders_full",
)
