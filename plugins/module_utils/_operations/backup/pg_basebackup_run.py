# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running ``pg_basebackup`` to its end, while its archives are verified and its progress is told."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ..._core.backup.left_out import warnings_in
from ..._core.backup.pg_basebackup import SENDING, BackupProgress, BaseBackupCommand, parse_progress
from ..._core.backup.pg_basebackup_failure import classify_failure
from ..._core.errors import Unavailable
from ..._core.repository.layout import MANIFEST_NAME, MANIFEST_TEMPORARY_NAME
from ..._io.host.child_process import start_child
from ..._io.host.process_lines import ProcessLines
from .archive_wait import ArchiveWait
from .backup_place import BackupPlace
from .holding import Holding
from .streaming_verifier import StreamingVerifier

_LOOK_SECONDS = 0.05
_ARCHIVE_LOOK_SECONDS = 0.02
_TELL_SECONDS = 1.0
_CHECK_SECONDS = 5.0
_END_SECONDS = 60


@dataclass(frozen=True)
class Watch:
    """What is called while the backup runs.

    ``tell`` gets the progress about every second; ``check`` every five seconds, and raises when the backup can't
    succeed any more. ``clock`` is the host's, which is also the server's. ``timeout_seconds`` 0 means no limit.
    """

    tell: Callable[[BackupProgress], None]
    check: Callable[[], None]
    clock: Callable[[], datetime]
    timeout_seconds: float = 0


@dataclass(frozen=True)
class FinishedRun:
    """The moment at which the server had ended the backup for sure, and what it and pg_basebackup warned of."""

    ended_at: datetime
    warnings: tuple[str, ...]


def run_pg_basebackup(
    command: BaseBackupCommand,
    *,
    place: BackupPlace,
    follower: StreamingVerifier,
    wait: ArchiveWait,
    watch: Watch,
    lock: int,
    hba_file: str,
) -> FinishedRun:
    """Run it to its end.

    The process keeps ``lock`` open, and is killed when this is left by an exception. Raises Unavailable
    (``backup-timeout``), what ``watch.check``, ``place`` and ``follower`` raise, and what :func:`classify_failure`
    makes of a failure.
    """
    environment = {name: os.environ[name] for name in ("PGPASSFILE", "PGPASSWORD") if name in os.environ}
    process = start_child(command.argv(), environment={**environment, **command.environment()}, kept_descriptors=[lock])
    holding = None if place.spool is None else Holding(process, place.spool)
    try:
        lines = ProcessLines(process)
        if holding is not None:
            holding.start()
        ended_at = _follow(lines, place=place, follower=follower, wait=wait, watch=watch, holding=holding)
        rc = process.wait(timeout=_END_SECONDS)
    finally:
        if holding is not None:
            holding.end()
        _end(process)
    if rc != 0:
        method = command.compression.method
        raise classify_failure(lines.text, rc=rc, compression=method, hba_file=hba_file, user=command.user)
    return FinishedRun(ended_at or watch.clock(), warnings_in(lines.text))


def _follow(
    lines: ProcessLines,
    *,
    place: BackupPlace,
    follower: StreamingVerifier,
    wait: ArchiveWait,
    watch: Watch,
    holding: Holding | None,
) -> datetime | None:
    started = told = checked = time.monotonic()
    progress = BackupProgress("beginning")
    ended_at: datetime | None = None
    stored_bytes = 0
    pause_seconds = _LOOK_SECONDS
    while not lines.ended:
        for line in lines.next(timeout_seconds=pause_seconds):
            progress = parse_progress(line) or progress
        follower.look()
        place.look()
        if holding is not None:
            holding.check()
        before, stored_bytes = stored_bytes, follower.stored_bytes()
        is_waiting = ended_at is None and stored_bytes == before and wait.look()
        pause_seconds = _ARCHIVE_LOOK_SECONDS if is_waiting else _LOOK_SECONDS
        if ended_at is None and _has_manifest(place.directory):
            # The server sends the manifest after it has ended the backup and its WAL is archived.
            ended_at = watch.clock()
            progress = BackupProgress("writing to disk", progress.done_bytes, progress.total_bytes)
        now = time.monotonic()
        if watch.timeout_seconds and now - started > watch.timeout_seconds:
            raise _timed_out(watch.timeout_seconds, progress)
        if now - told >= _TELL_SECONDS:
            told = now
            watch.tell(_told(progress, holding))
        if now - checked >= _CHECK_SECONDS:
            checked = now
            watch.check()
    return ended_at


def _told(progress: BackupProgress, holding: Holding | None) -> BackupProgress:
    return progress if holding is None or not holding.is_held else replace(progress, phase=SENDING)


def _has_manifest(directory: str) -> bool:
    return any(os.path.exists(f"{directory}/{name}") for name in (MANIFEST_NAME, MANIFEST_TEMPORARY_NAME))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stderr is not None:
        process.stderr.close()


def _timed_out(timeout_seconds: float, progress: BackupProgress) -> Unavailable:
    return Unavailable(
        f"the backup did not end within {timeout_seconds:g} seconds; it was {progress.phase} ({progress.percent} %)",
        code="backup-timeout",
        hint="Nothing of it is kept. Raise 'timeout_seconds' (0: no limit), or see what slows it down.",
    )


__all__ = ("FinishedRun", "Watch", "run_pg_basebackup")
