# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking a base backup into the repository: written beside the others, verified, and recorded last."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from ..._core.backup.compression import BackupCompression
from ..._core.backup.incremental_obstacle import NotIncremental
from ..._core.backup.left_out import check_warnings, warned_paths
from ..._core.backup.pg_basebackup import SENDING, BackupProgress, BaseBackupCommand
from ..._core.backup.pg_basebackup_failure import UNKNOWN_FAILURE
from ..._core.backup.plan import BackupPlan
from ..._core.backup.request import AUTO
from ..._core.backup.type_decision import TypeDecision
from ..._core.catalogue.catalogue import ArchivedWal, is_usable
from ..._core.catalogue.record import Backup
from ..._core.catalogue.running_backup import RunningBackup
from ..._core.errors import Failed, InvalidInput, PitrError
from ..._core.instant import format_instant
from ..._core.postgres.cluster import Cluster
from ..._core.repository.layout import BACKUPS, backup_folder, record_key
from ..._io.catalogue.chain_files import chain_files_fault
from ..._io.catalogue.stored_archive import manifest_file
from ..._io.catalogue.unstored_wal import store_own_history
from ..._io.repository.backup_lock import backup_lock
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.running_backup import remove_running, write_running
from ..._io.repository.stale import find_stale, remove_stale
from ..._io.sql.server import Server
from ..._io.storage.file_errors import repository_write_error
from ..._io.storage.room import check_room
from .archive_wait import ArchiveWait
from .archive_watch import ArchiveWatch
from .backup_place import BackupPlace, backup_place, free_label
from .command import backup_command
from .new_record import new_record
from .odd_files import sockets_among
from .origin import with_origin
from .pg_basebackup_run import Watch, run_pg_basebackup
from .queries import truncations_since
from .standby_wal import wait_until_archived
from .streaming_verifier import StreamingVerifier, VerifiedBackup

Tell = Callable[[RunningBackup], None]


@dataclass(frozen=True)
class TakenBackup:
    """A backup as it is recorded, and the choice that it came of: that of the plan, unless it had to be another.

    ``warnings`` are the server's, without those about what ``backup.left_out`` names.
    """

    backup: Backup
    decision: TypeDecision
    warnings: tuple[str, ...] = ()


class BaseBackup:
    """One base backup of ``cluster``, as ``plan`` says, into ``folder``.

    ``clock`` is the host's; ``tell`` is called about every second with how far it is.
    """

    def __init__(
        self,
        plan: BackupPlan,
        *,
        cluster: Cluster,
        server: Server,
        folder: ClusterFolder,
        clock: Callable[[], datetime],
        tell: Tell,
    ) -> None:
        self._plan = plan
        self._choice = plan.decision
        self._cluster = cluster
        self._server = server
        self._folder = folder
        self._clock = clock
        self._has_begun = False
        self._warnings: tuple[str, ...] = ()
        self._tell = tell

    def take(self) -> TakenBackup:
        """Take it. Whatever fails, nothing is left that looks like a backup.

        Where ``auto`` chose an incremental backup and it turns out that there can be none, a full one is taken. So it
        is when the incremental one fails before its first byte for a reason that is not known: the server may say the
        known ones in another language.

        Raises Unavailable (``backup-running``, ``repository-full``, ``server-down``, ``archiver-failing``,
        ``backup-timeout``, …), Damaged (``backup-damaged``, ``page-checksum-failed``), Failed (``base-backup-failed``,
        ``base-backup-killed``).
        """
        storage = self._folder.storage
        try:
            with backup_lock(storage) as lock:
                remove_stale(storage, find_stale(storage))
                store_own_history(self._folder, cluster=self._cluster, timeline=self._plan.facts.timeline)
                try:
                    backup = self._take(lock.descriptor)
                    return TakenBackup(backup, self._choice, self._warnings)
                finally:
                    remove_running(storage)
        except OSError as error:
            raise repository_write_error(storage.address(BACKUPS), error) from error

    def _take(self, lock: int) -> Backup:
        try:
            return self._take_as_chosen(lock)
        except (NotIncremental, Failed) as error:
            if self._plan.request.type != AUTO or not self._may_be_full_instead(error):
                raise
            self._choice = self._choice.instead(error)
        if self._plan.needed_by_full_bytes is not None:
            check_room(self._folder.storage, needed_bytes=self._plan.needed_by_full_bytes)
        return self._take_as_chosen(lock)

    def _may_be_full_instead(self, error: PitrError) -> bool:
        is_unknown = error.code == UNKNOWN_FAILURE and self._choice.chain is not None and not self._has_begun
        return is_unknown or isinstance(error, NotIncremental)

    def _take_as_chosen(self, lock: int) -> Backup:
        self._check_chain()
        started = self._clock()
        label = free_label(self._folder.storage, started, backup_type=str(self._choice.type))
        *others, last = self._plan.compressions
        for compression in others:
            try:
                return self._attempt(label, compression=compression, started=started, lock=lock)
            except InvalidInput as error:
                # The build lacks a library that its settings promised: the next best one will do.
                if error.code != "compression-unsupported":
                    raise
        return self._attempt(label, compression=last, started=started, lock=lock)

    def _attempt(self, label: str, *, compression: BackupCompression, started: datetime, lock: int) -> Backup:
        with ExitStack() as stack:
            place = stack.enter_context(
                backup_place(
                    self._folder,
                    label,
                    needed_bytes=self._plan.needed_bytes,
                    spool_max_bytes=self._plan.request.spool_max_bytes,
                )
            )
            parent = self._choice.parent
            manifest = stack.enter_context(manifest_file(self._folder, parent.label)) if parent else None
            command = backup_command(
                self._plan,
                cluster=self._cluster,
                place=place,
                label=label,
                compression=compression,
                parent_manifest=manifest,
            )
            return self._run(command, place=place, started=started, lock=lock)

    def _run(self, command: BaseBackupCommand, *, place: BackupPlace, started: datetime, lock: int) -> Backup:
        label, method = command.label, command.compression.method
        follower = place.new_verifier(compression=method, algorithm=self._plan.checksums)
        watch = Watch(
            tell=lambda progress: self._say(label, started=started, progress=progress, follower=follower),
            check=self._archive_watch().check,
            clock=self._clock,
            timeout_seconds=self._plan.request.timeout_seconds,
        )
        try:
            self._say(label, started=started, progress=BackupProgress("beginning"), follower=follower)
            finished = run_pg_basebackup(
                command,
                place=place,
                follower=follower,
                wait=ArchiveWait(label, data_directory=self._cluster.data_directory),
                watch=watch,
                lock=lock,
                hba_file=self._plan.facts.settings.get("hba_file", self._cluster.hba_file),
            )
            verified = follower.finish()
            sending = BackupProgress(SENDING, verified.manifest.size_bytes, verified.manifest.size_bytes)
            stored = place.store(verified.names, tell=lambda: watch.tell(sending))
            lacks = self._left_out(finished.warnings)
            self._warnings += place.warnings
            backup = self._recorded(command, times=(started, finished.ended_at), verified=verified)
            backup = stored.recorded_in(backup)
            self._check_wal(backup, tell=watch.tell)
            backup, told = with_origin(backup, folder=self._folder, cluster=self._cluster, server=self._server)
            backup, self._warnings = replace(backup, left_out=lacks), self._warnings + told
            self._keep(backup)
        except BaseException:
            self._has_begun = follower.has_begun
            try:
                place.abort()
                follower.abort()
            finally:
                self._discard(label)
            raise
        return backup

    def _archive_watch(self) -> ArchiveWatch:
        request = self._plan.request
        return ArchiveWatch(
            self._cluster,
            server=self._server,
            standby_wait_seconds=request.standby_wait_seconds if self._plan.facts.in_recovery else None,
            clock=self._clock,
        )

    def _left_out(self, warnings: tuple[str, ...]) -> tuple[str, ...]:
        """What the backup lacks by the plan or by the server's warnings. Raises Refused (``data-left-out``)."""
        directory = self._cluster.data_directory
        sockets = sockets_among(warned_paths(warnings), data_directory=directory)
        warned = check_warnings(warnings, data_directory=directory, sockets=sockets)
        self._warnings = tuple(line for line in warnings if not warned_paths([line]))
        return tuple(sorted({*self._plan.left_out, *warned}))

    def _check_chain(self) -> None:
        """Return when the chain is still there: until the lock was held, somebody could remove it."""
        fault = chain_files_fault(self._folder, self._choice.chain) if self._choice.chain else None
        if fault is not None:
            raise fault.error()

    def _recorded(
        self, command: BaseBackupCommand, *, times: tuple[datetime, datetime], verified: VerifiedBackup
    ) -> Backup:
        backup = new_record(
            replace(self._plan, decision=self._choice),
            cluster=self._cluster,
            cluster_name=self._folder.name,
            label=command.label,
            compression=command.compression.method,
            times=times,
            verified=verified,
        )
        parent = self._choice.parent
        if parent is None:
            return backup
        return replace(backup, truncations=truncations_since(self._server, parent, until=backup.start_lsn))

    def _check_wal(self, backup: Backup, *, tell: Callable[[BackupProgress], None]) -> None:
        if self._plan.facts.in_recovery:
            wait_until_archived(
                backup,
                folder=self._folder,
                timeout_seconds=self._plan.request.standby_wait_seconds,
                tell=lambda: tell(BackupProgress("waiting for the archive", backup.size_bytes, backup.size_bytes)),
            )
        wal = ArchivedWal.stored(self._folder.stored_wal(), histories={})
        if not is_usable(backup, wal=wal):
            raise Failed(
                f"the server says that its WAL is archived, and the repository lacks some of {backup.first_segment} to "
                f"{backup.last_segment}",
                code="backup-wal-missing",
                hint="See where archive_command really writes, and run the playbook 'archive'.",
            )

    def _keep(self, backup: Backup) -> None:
        """Record the backup, which makes it one. All else is durable."""
        self._folder.storage.put(record_key(backup.label), [str(backup).encode("utf-8")])

    def _discard(self, label: str) -> None:
        """Leave nothing of a backup that has failed; the next run removes what cannot be removed now."""
        with suppress(PitrError):
            self._folder.storage.delete([record_key(label)])
        self._folder.storage.delete_below(backup_folder(label))

    def _say(self, label: str, *, started: datetime, progress: BackupProgress, follower: StreamingVerifier) -> None:
        running = RunningBackup(
            label=label,
            since=format_instant(started),
            phase=progress.phase,
            percent=progress.percent,
            done_bytes=progress.done_bytes,
            total_bytes=progress.total_bytes,
            stored_bytes=follower.stored_bytes(),
        )
        write_running(self._folder.storage, running)
        self._tell(running)


__all__ = ("BaseBackup", "TakenBackup", "Tell")
