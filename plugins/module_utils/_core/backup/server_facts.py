# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that a server reports before a base backup, and whether one can be taken."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..archiving.archiver_stats import ArchiverStats, ReadyFiles
from ..archiving.commands import archive_command
from ..errors import Refused, Unavailable
from ..instant import format_instant
from ..postgres.relation_layout import RelationLayout
from ..postgres.settings import HOT_STANDBY_SETTINGS
from ..wal.lsn import Lsn
from ..wal.summaries import WalSummaries

# The archiver tries again every minute at the latest (PGARCH_AUTOWAKE_INTERVAL).
_STANDSTILL_SECONDS = 90


@dataclass(frozen=True)
class Restartpoint:
    """The last restartpoint of a standby: where a recovery from it begins, and whether full_page_writes was on."""

    lsn: Lsn
    full_page_writes: bool


@dataclass(frozen=True)
class BackupFacts:
    """The server's answers. ``size_bytes`` is the size of its databases, ``None`` if the login may not query it.

    ``settings`` has the values of :data:`ASKED_SETTINGS` that exist in this version, ``user`` is the login role.
    ``tablespaces`` has their locations by oid. ``summaries`` is ``None`` for a server that does not summarize its WAL,
    ``restartpoint`` for a primary.
    """

    now: datetime
    timeline: int
    in_recovery: bool
    user: str
    may_replicate: bool
    system_identifier: str
    tablespaces: Mapping[int, str]
    settings: Mapping[str, str]
    wal_compression_values: tuple[str, ...]
    archiver: ArchiverStats
    ready: ReadyFiles
    size_bytes: int | None
    summaries: WalSummaries | None = None
    restartpoint: Restartpoint | None = None
    is_superuser: bool = False

    @property
    def version_num(self) -> int:
        """The server's version as a number, such as 150018."""
        return int(self.settings["server_version_num"])

    @property
    def summarizes(self) -> bool:
        """Whether the server summarizes its WAL, as incremental backups require."""
        return self.settings.get("summarize_wal") == "on"

    @property
    def data_checksums(self) -> bool:
        """Whether the cluster's pages have checksums."""
        return self.settings["data_checksums"] == "on"

    @property
    def archives_itself(self) -> bool:
        """Whether this server archives the WAL of its backups itself; a standby only with ``archive_mode = always``."""
        return not self.in_recovery or self.settings["archive_mode"] == "always"

    def hot_standby_settings(self) -> dict[str, int]:
        """The five settings that must not be lower in a server that restores this backup."""
        return {name: int(self.settings[name]) for name in HOT_STANDBY_SETTINGS}

    def relation_layout(self) -> RelationLayout:
        """How relations lie in files."""
        return RelationLayout(int(self.settings["block_size"]), int(self.settings["segment_size"]))


ASKED_SETTINGS = (
    *HOT_STANDBY_SETTINGS,
    "archive_command",
    "archive_library",
    "archive_mode",
    "block_size",
    "data_checksums",
    "data_directory",
    "hba_file",
    "segment_size",
    "server_version_num",
    "summarize_wal",
    "wal_log_hints",
)


def check_archiving(facts: BackupFacts, *, cluster_name: str, config_directory: str) -> None:
    """Return if the server archives its WAL to the repository at present, as a backup requires.

    Raises Unavailable: ``archiving-off``, ``archive-command-foreign``, ``archiver-failing``. The server would otherwise
    wait for the archive forever.
    """
    command = facts.settings.get("archive_command", "")
    hint = "Run the playbook 'archive' for this cluster first."
    if facts.settings["archive_mode"] == "off" or not (command or facts.settings.get("archive_library")):
        raise Unavailable(
            f"archiving is off (archive_mode '{facts.settings['archive_mode']}', archive_command '{command}')",
            code="archiving-off",
            hint=f"{hint} A backup can't be restored without its WAL.",
        )
    if not is_archive_command_of(command, cluster_name=cluster_name, config_directory=config_directory):
        raise Unavailable(
            f"archive_command '{command}' does not archive the cluster '{cluster_name}' to this repository",
            code="archive-command-foreign",
            hint=hint,
        )
    check_archiver(facts.archiver, ready=facts.ready, now=facts.now)


def check_archiver(archiver: ArchiverStats, *, ready: ReadyFiles, now: datetime) -> None:
    """Return unless the archiver fails or is stuck. Raises Unavailable (``archiver-failing``).

    A command that can't be run, or exits with more than 125, is not counted as a failure, because the archiver process
    exits; then files are waiting, and none is archived.
    """
    last = archiver.last_archived_wal or "nothing yet"
    if archiver.failing_on is not None and archiver.last_failed_time is not None:
        raise _archiver_failing(
            f"the archiver fails on {archiver.failing_on} (last at {format_instant(archiver.last_failed_time)}, "
            f"{archiver.failed_count} failures; last archived: {last})"
        )
    idle_seconds = (now - archiver.last_archived_time).total_seconds() if archiver.last_archived_time else float("inf")
    if min(ready.oldest_seconds, idle_seconds) > _STANDSTILL_SECONDS:
        raise _archiver_failing(
            f"the archiver is stuck: {ready.count} files are waiting, {ready.names[0]} first, the oldest for "
            f"{ready.oldest_seconds:.0f} seconds; last archived: {last}"
        )


def _archiver_failing(message: str) -> Unavailable:
    return Unavailable(
        message,
        code="archiver-failing",
        hint="The server's log has the reason, in lines that begin with 'pgpitr:' or mention the archive command. A"
        " backup requires that its WAL is archived.",
    )


def check_tablespaces(facts: BackupFacts) -> None:
    """Return if every tablespace is outside the data directory. Raises Refused (``tablespace-in-place``).

    In-place tablespaces are not in ``tablespace_map``, and PostgreSQL 15 omits their files from a backup (measured).
    """
    inside = sorted(location for location in facts.tablespaces.values() if not location.startswith("/"))
    if inside:
        raise Refused(
            f"the tablespace at '{inside[0]}' was made in place, inside the data directory",
            code="tablespace-in-place",
            hint="allow_in_place_tablespaces is for PostgreSQL's own tests. Move its tables to another tablespace, and "
            "drop it.",
        )


def is_archive_command_of(command: str, *, cluster_name: str, config_directory: str) -> bool:
    """Whether an ``archive_command`` runs our program for this cluster, with this configuration directory.

    >>> is_archive_command_of("/opt/pgpitr archive-push --cluster db1 %p", cluster_name="db1",
    ...     config_directory="/etc/pgpitr")
    True
    """
    words = command_words(command)
    expected = archive_command("-", cluster_name=cluster_name, config_directory=config_directory)
    return words[1:] == command_words(expected)[1:]


def command_words(command: str) -> list[str]:
    """The words into which a shell splits a command; none if it can't be split."""
    try:
        return [word.replace("%%", "%") for word in shlex.split(command)]
    except ValueError:
        return []


__all__ = (
    "ASKED_SETTINGS",
    "BackupFacts",
    "Restartpoint",
    "check_archiver",
    "check_archiving",
    "check_tablespaces",
    "command_words",
    "is_archive_command_of",
)
