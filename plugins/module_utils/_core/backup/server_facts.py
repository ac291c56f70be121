# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server says before a base backup, and whether one can be taken."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..archiving.archiver_stats import ArchiverStats, ReadyFiles
from ..archiving.commands import archive_command
from ..errors import Refused, Unavailable
from ..instant import format_instant
from ..postgres.settings import HOT_STANDBY_SETTINGS
from ..wal.lsn import Lsn
from ..wal.summaries import WalSummaries

# The archiver tries again every minute at the latest (PGARCH_AUTOWAKE_INTERVAL).
_STANDSTILL_SECONDS = 90


@dataclass(frozen=True)
class Restartpoint:
    """A standby's last one: where a recovery from it begins, and whether the primary wrote full pages then."""

    lsn: Lsn
    full_page_writes: bool


@dataclass(frozen=True)
class BackupFacts:
    """The server's answers. ``size_bytes`` is what its databases take, ``None`` when the login may not ask.

    ``settings`` has the values of :data:`ASKED_SETTINGS` that this version knows, ``user`` is the login's role.
    ``tablespaces`` has their locations by oid.
    ``summaries`` is ``None`` for a server that does not summarize its WAL, ``restartpoint`` for one that is no standby.
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
        """Whether the server keeps the summaries of its WAL that incremental backups need."""
        return self.settings.get("summarize_wal") == "on"

    @property
    def data_checksums(self) -> bool:
        """Whether the cluster's pages have checksums."""
        return self.settings["data_checksums"] == "on"

    @property
    def archives_itself(self) -> bool:
        """Whether this server archives the WAL of its backups; a standby does so with ``archive_mode`` always only."""
        return not self.in_recovery or self.settings["archive_mode"] == "always"

    def hot_standby_settings(self) -> dict[str, int]:
        """The five values that a server which restores this backup must not have lower."""
        return {name: int(self.settings[name]) for name in HOT_STANDBY_SETTINGS}


ASKED_SETTINGS = (
    *HOT_STANDBY_SETTINGS,
    "archive_command",
    "archive_library",
    "archive_mode",
    "data_checksums",
    "data_directory",
    "hba_file",
    "server_version_num",
    "summarize_wal",
)


def check_archiving(facts: BackupFacts, *, cluster_name: str, config_directory: str) -> None:
    """Return when the server's WAL goes to the repository now, as a backup needs it.

    Raises Unavailable: ``archiving-off``, ``archive-command-foreign``, ``archiver-failing`` with the archiver's own
    facts. The server would otherwise wait for the archive without an end.
    """
    command = facts.settings.get("archive_command", "")
    hint = "Run the playbook 'archive' for this cluster first."
    if facts.settings["archive_mode"] == "off" or not (command or facts.settings.get("archive_library")):
        raise Unavailable(
            f"archiving is off (archive_mode '{facts.settings['archive_mode']}', archive_command '{command}')",
            code="archiving-off",
            hint=f"{hint} A backup without its WAL can't be restored.",
        )
    if not is_archive_command_of(command, cluster_name=cluster_name, config_directory=config_directory):
        raise Unavailable(
            f"archive_command '{command}' does not archive the cluster '{cluster_name}' to this repository",
            code="archive-command-foreign",
            hint=hint,
        )
    check_archiver(facts.archiver, ready=facts.ready, now=facts.now)


def check_archiver(archiver: ArchiverStats, *, ready: ReadyFiles, now: datetime) -> None:
    """Return unless the archiver fails or stands still. Raises Unavailable (``archiver-failing``).

    A command that can't be run, or ends by an exit code above 125, is not counted as a failure (FACTS: the archiver
    ends itself); then files wait, and none is archived.
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
            f"the archiver stands still: {ready.count} files wait, {ready.names[0]} first, the oldest for "
            f"{ready.oldest_seconds:.0f} seconds; last archived: {last}"
        )


def _archiver_failing(message: str) -> Unavailable:
    return Unavailable(
        message,
        code="archiver-failing",
        hint="The server's log has the reason, in lines that begin with 'pgpitr:' or tell of the archive command. The"
        " backup needs its WAL archived.",
    )


def check_tablespaces(facts: BackupFacts) -> None:
    """Return when every tablespace is outside the data directory. Raises Refused (``tablespace-in-place``).

    Their archives have no place in ``tablespace_map``, and PostgreSQL 15 leaves their files out of a backup (measured).
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
    """Whether an ``archive_command`` is our program's for this cluster, with this configuration directory.

    >>> is_archive_command_of("/opt/pgpitr archive-push --cluster db1 %p", cluster_name="db1",
    ...     config_directory="/etc/pgpitr")
    True
    """
    words = command_words(command)
    expected = archive_command("-", cluster_name=cluster_name, config_directory=config_directory)
    return words[1:] == command_words(expected)[1:]


def command_words(command: str) -> list[str]:
    """The words of a command as a shell takes them; none when it can't be taken apart."""
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
