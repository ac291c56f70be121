# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program ``pg_basebackup``: its arguments, and its progress messages."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..postgres.settings import SERVER_COMPRESSION_SINCE
from .compression import BackupCompression

FAST = "fast"
SPREAD = "spread"
# The phase in which nothing is taken from the server, or nothing more comes, until what there is has been sent.
SENDING = "waiting for the repository"
_KIB = 1024
# Levels of each method: the fastest that still compresses pages well. zstd's -1 takes a fifth less time than 1, and an
# eighth more space (docs/benchmarks.md). An incremental backup is small, and much of it are index pages, which level 3
# makes an eighth smaller than level 1.
_FULL_LEVELS = {"zstd": -1}
_INCREMENTAL_LEVELS = {"zstd": 3}
_PROGRESS = re.compile(r"(\d+)/(\d+) kB \((\d+)%\)")
_WAITING_FOR_CHECKPOINT = "waiting for checkpoint"
_WAITING_FOR_SUMMARIES = "still waiting for WAL summarization"
_WAITING_FOR_ARCHIVE = re.compile(r"all required WAL segments to be archived \((\d+) seconds elapsed\)")


@dataclass(frozen=True)
class BaseBackupCommand:
    """The options of a run of pg_basebackup.

    ``directory`` must be empty or missing. ``checksums`` is the manifest's algorithm. ``max_rate_kib`` limits what the
    server sends, in KiB per second (``None``: no limit). ``parent_manifest`` is the manifest of the backup that an
    incremental one is taken against (``None``: a full one). ``user_is_superuser`` allows to request English messages.
    ``peer`` is the user that the server has to run as; empty: that is not asked.
    """

    program: str
    directory: str
    host: str
    port: int
    user: str
    version: int
    label: str
    compression: BackupCompression
    checksums: str
    checkpoint: str = FAST
    max_rate_kib: int | None = None
    parent_manifest: str | None = None
    user_is_superuser: bool = False
    peer: str = ""

    def environment(self) -> dict[str, str]:
        """Its environment, without secrets.

        Failures are distinguished by the server's messages, and only a superuser may choose their language.
        """
        language = {"PGOPTIONS": "-c lc_messages=C"} if self.user_is_superuser else {}
        return {"PGAPPNAME": "pgfleet.pitr", "PGREQUIREPEER": self.peer, **language}

    def argv(self) -> tuple[str, ...]:
        """The argument list.

        ``--wal-method=none`` makes the server wait until the archive has every segment that the backup needs.
        """
        limit = () if self.max_rate_kib is None else (f"--max-rate={self.max_rate_kib}",)
        return (
            self.program,
            *(f"--pgdata={self.directory}", f"--host={self.host}", f"--port={self.port}", f"--username={self.user}"),
            *("--no-password", "--format=tar", "--wal-method=none", f"--checkpoint={self.checkpoint}", "--progress"),
            *(f"--label={self.label}", f"--manifest-checksums={self.checksums}"),
            *self._compression(),
            *limit,
            *(() if self.parent_manifest is None else (f"--incremental={self.parent_manifest}",)),
        )

    def _compression(self) -> tuple[str, ...]:
        method, workers = self.compression.method, self.compression.workers
        if method == "none":
            return ()
        if self.version < SERVER_COMPRESSION_SINCE:
            return ("--compress=1",)
        level = (_INCREMENTAL_LEVELS if self.parent_manifest else _FULL_LEVELS).get(method, 1)
        return (f"--compress=server-{method}:level={level}" + (f",workers={workers}" if workers else ""),)


@dataclass(frozen=True)
class BackupProgress:
    """The progress of a backup: ``phase`` as text, bytes sent so far, and the server's estimate of all."""

    phase: str
    done_bytes: int = 0
    total_bytes: int = 0

    @property
    def percent(self) -> int:
        """From 0 to 99: the estimate may be too low, so 100 is never reported before the end."""
        return min(99, self.done_bytes * 100 // self.total_bytes) if self.total_bytes else 0


def parse_progress(line: str) -> BackupProgress | None:
    """The progress reported in a line of pg_basebackup's standard error; ``None`` for any other line.

    >>> parse_progress("  1024/4096 kB (25%), 0/1 tablespace (...base/5/1259)").percent
    25
    """
    match = _PROGRESS.search(line)
    if match:
        return BackupProgress("copying", int(match.group(1)) * _KIB, int(match.group(2)) * _KIB)
    if _WAITING_FOR_CHECKPOINT in line:
        return BackupProgress("waiting for the checkpoint")
    if _WAITING_FOR_SUMMARIES in line:
        return BackupProgress("waiting for WAL summaries")
    if _WAITING_FOR_ARCHIVE.search(line):
        return BackupProgress("waiting for the archive")
    return None


def is_waiting_for_archive(line: str) -> bool:
    """Whether the line reports that the server still waits for archiving (after 60, 120, 240 … seconds)."""
    return _WAITING_FOR_ARCHIVE.search(line) is not None


__all__ = (
    "FAST",
    "SENDING",
    "SPREAD",
    "BackupProgress",
    "BaseBackupCommand",
    "is_waiting_for_archive",
    "parse_progress",
)
