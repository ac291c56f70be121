# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out a planned restore up to the moment when the server can be started to recover."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..._core.archiving.commands import restore_command
from ..._core.catalogue.pin import Pin
from ..._core.postgres.cluster import Cluster
from ..._core.restore.journal import SWAPPED, SWAPPING, RestoreJournal
from ..._core.restore.pin import pin_of_restore
from ..._core.restore.plan import RestorePlan
from ..._core.restore.plan_text import plan_facts
from ..._core.restore.recovery_settings import staged_settings
from ..._core.target.recovery_target import LATEST, PAUSE, PROMOTE, SHUTDOWN
from ..._io.host.runner import Runner
from ..._io.postgres.configured_settings import configured_value
from ..._io.postgres.control_data import read_control_data
from ..._io.postgres.service import Service
from ..._io.repository.backup_hold import hold_backups
from ..._io.repository.cluster_folder import ClusterFolder
from .beside import restore_beside, wal_directory_of
from .failed_restore import roll_back_and_tell
from .journal import read_journal, remove_journal, write_journal
from .pin import pin_restored, release_restored
from .planned_wal_check import check_planned_wal
from .recovery_staging import stage_recovery
from .restored_configuration import keep_configuration, settings_outside_auto, write_own_configuration
from .sibling_directories import own_directory
from .swap import finish_swap, remove_generation
from .unarchived_wal import carry_wal, store_last_wal


@dataclass(frozen=True)
class RestoreExecution:
    """What a restore works with; ``started`` is the time of the run, ISO 8601 in UTC."""

    cluster: Cluster
    folder: ClusterFolder
    runner: Runner
    agent_path: str
    config_directory: str
    started: str
    timeout_seconds: float
    stop_timeout_seconds: float
    undo_on_failure: bool

    def run(self, plan: RestorePlan) -> RestoreJournal:
        """Unpack, stage and swap. Whatever fails before the swap has cost nothing; what fails later is undone."""
        with hold_backups(self.folder, [link.label for link in plan.chain.links]):
            self._check_wal(plan)
            restore_beside(
                plan,
                folder=self.folder,
                bin_directory=self.cluster.bin_directory,
                runner=self.runner,
                seconds=self.timeout_seconds,
            )
            pin_restored(self.folder, plan.place.backup.label, pin=self._pin(plan))
        try:
            plan = self._with_own_settings(plan)
            journal = self._prepare(plan)
        except BaseException:
            release_restored(self.folder, plan.place.backup.label, pin=self._pin(plan))
            raise
        if not plan.request.in_place:
            return journal
        try:
            return self._swap(plan, journal)
        except BaseException as error:
            raise roll_back_and_tell(
                journal,
                error,
                folder=self.folder,
                runner=self.runner,
                wanted=self.undo_on_failure,
                seconds=self.stop_timeout_seconds,
            ) from error

    def _prepare(self, plan: RestorePlan) -> RestoreJournal:
        """Stage, up to the journal: a copy is ready for its recovery then, in place the swap is next."""
        journal = self._stage(plan)
        if plan.request.in_place:
            self._forget_earlier(plan)
        else:
            self._carry(plan)
            journal = journal.at(SWAPPED)
        write_journal(journal)
        return journal

    def _check_wal(self, plan: RestorePlan) -> None:
        check_planned_wal(
            self.folder,
            first=plan.first_segment,
            last=plan.last_segment,
            timeline=plan.place.timeline,
            elsewhere=plan.from_live,
        )

    def _pin(self, plan: RestorePlan) -> Pin:
        """What keeps the backup, and with it the WAL that the recovery is going to read."""
        return pin_of_restore(str(plan.request.target), started=self.started, in_place=plan.request.in_place)

    def _with_own_settings(self, plan: RestorePlan) -> RestorePlan:
        """The plan with what only the backup's own configuration tells, where no other is left."""
        if not self._has_only_backup(plan):
            return plan
        return replace(
            plan, hot_standby=configured_value(self._configuration(plan), "hot_standby", runner=self.runner) == "on"
        )

    def _has_only_backup(self, plan: RestorePlan) -> bool:
        return plan.is_lost and self.cluster.has_configuration_inside

    def _configuration(self, plan: RestorePlan) -> Cluster:
        """The cluster with the configuration that the restored server will be started with."""
        if not self._has_only_backup(plan):
            return self.cluster
        return replace(self.cluster, config_file=f"{plan.unpack_base}/postgresql.conf")

    def _stage(self, plan: RestorePlan) -> RestoreJournal:
        if plan.request.in_place and not self._has_only_backup(plan):
            keep_configuration(self.cluster, restored=plan.unpack_base)
        if not plan.request.in_place:
            write_own_configuration(self.cluster, copy=plan.directory, overrides=_copy_settings(plan))
        settings = staged_settings(
            plan.request.target,
            timeline=plan.place.timeline,
            action=server_action(plan),
            restore_command=restore_command(
                self.agent_path,
                cluster_name=plan.request.name,
                config_directory=self.config_directory,
                until=None if plan.request.target.kind == LATEST else plan.last_segment,
            ),
            version=self.cluster.version,
            elsewhere=settings_outside_auto(self._configuration(plan)),
        )
        before = stage_recovery(plan.unpack_base, settings)
        return RestoreJournal(
            phase=SWAPPING,
            source=self.cluster,
            in_place=plan.request.in_place,
            directory=plan.directory,
            port=plan.port,
            pairs=plan.pairs,
            was_running=self.cluster.running,
            plan=plan_facts(plan),
            staged=settings,
            earlier_auto=before,
            hot_standby=plan.hot_standby,
            started=self.started,
        )

    def _forget_earlier(self, plan: RestorePlan) -> None:
        """Remove what the restore before kept. Its journal goes first: it must not promise what is half removed."""
        earlier = read_journal(plan.directory)
        remove_journal(plan.directory)
        remove_generation((*(earlier.pairs if earlier else ()), *plan.pairs))

    def _swap(self, plan: RestorePlan, journal: RestoreJournal) -> RestoreJournal:
        end = self._stop()
        self._carry(plan)
        finish_swap(journal)
        swapped = journal.at(SWAPPED, wal_end=end)
        write_journal(swapped)
        return swapped

    def _stop(self) -> str | None:
        """Stop the old server; how far its WAL reaches, ``None`` when it did not say so in its last checkpoint."""
        if self.cluster.is_lost:
            # An empty directory of root's could not be removed later, when it was set aside.
            own_directory(self.cluster.data_directory)
            return None
        Service(self.cluster, runner=self.runner).stop(timeout_seconds=self.stop_timeout_seconds)
        control = read_control_data(
            self.cluster.data_directory, bin_directory=self.cluster.bin_directory, runner=self.runner
        )
        return str(control.checkpoint_lsn) if control.shut_down_cleanly else None

    def _carry(self, plan: RestorePlan) -> None:
        store_last_wal(
            self.folder,
            source=self.cluster.wal_path,
            data_directory=self.cluster.data_directory,
            system_identifier=self.cluster.system_identifier,
            segment_size_bytes=self.cluster.segment_size.size_bytes,
            first=plan.first_segment,
        )
        carry_wal(
            self.folder,
            source=self.cluster.wal_path,
            destination=wal_directory_of(plan),
            system_identifier=self.cluster.system_identifier,
            segment_size_bytes=self.cluster.segment_size.size_bytes,
            first=plan.first_segment,
        )


def server_action(plan: RestorePlan) -> str:
    """What PostgreSQL itself does at the target.

    Where it lets clients in, it pauses whatever the user wants in the end: the point reached is proven, and the checks
    run, before the server opens. Without a target it opens by itself.
    """
    if plan.hot_standby and plan.request.target.kind != LATEST:
        return PAUSE
    return PROMOTE if plan.request.action == PROMOTE else SHUTDOWN


def _copy_settings(plan: RestorePlan) -> dict[str, str]:
    # A copy has the system identifier of its source and must never archive into its place.
    return {"port": str(plan.port), "archive_mode": "off", "cluster_name": "", "primary_conninfo": ""}


__all__ = ("RestoreExecution", "server_action")
