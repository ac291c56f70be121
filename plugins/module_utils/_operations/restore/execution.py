# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out a planned restore up to the moment when the server can be started to recover."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..._core.absent.configuration_elsewhere import decided_by
from ..._core.archiving.commands import restore_command
from ..._core.catalogue.pin import Pin
from ..._core.postgres.cluster import Cluster
from ..._core.recovery.access import RecoveryAccess
from ..._core.recovery.settings import copy_settings, staged_settings
from ..._core.restore.journal import SWAPPED, SWAPPING, RestoreJournal, copy_of
from ..._core.restore.pin import pin_of_restore
from ..._core.restore.plan import RestorePlan
from ..._core.restore.recorded_plan import RecordedPlan
from ..._core.wal.lsn import Lsn
from ..._io.host.kept_identity import KeptIdentity
from ..._io.host.listener import check_heard, go_on_alone
from ..._io.host.runner import Runner
from ..._io.postgres.configured_settings import configured_value
from ..._io.postgres.control_data import read_control_data
from ..._io.postgres.service.service import Service
from ..._io.postgres.service.supervisor import check_nobody_starts, supervisor_of
from ..._io.privilege.signals import waiting
from ..._io.repository.backup_hold import hold_backups
from ..._io.repository.cluster_folder import ClusterFolder
from ..absent.elsewhere import Elsewhere
from ..absent.elsewhere_files import write_inside, write_outside
from ..extract.manifests import Manifests
from .beside import restore_beside
from .configuration.recovery_access import stage_access
from .configuration.recovery_staging import set_for_good, stage_recovery, stage_standby
from .configuration.restored_files import keep_configuration, settings_outside_auto, write_own_configuration
from .failed_restore import roll_back_failed
from .guarded import keep_guard
from .journal import find_journal, remove_journal, write_journal
from .pin import pin_restored, release_restored
from .places import own_places
from .swap import finish_swap, remove_generation, with_entries, with_inodes
from .wal.carried_wal import carry
from .wal.planned_wal_check import check_planned_wal


@dataclass(frozen=True)
class RestoreExecution:
    """What a restore works with.

    ``earlier`` is the journal of the restore before; ``started`` is the time of this one, ISO 8601 in UTC.
    ``elsewhere`` is set where this host has never seen the cluster.
    """

    cluster: Cluster
    folder: ClusterFolder
    manifests: Manifests
    earlier: RestoreJournal | None
    runner: Runner
    agent_path: str
    config_directory: str
    started: str
    timeout_seconds: float
    stop_timeout_seconds: float
    rolls_back_on_failure: bool
    elsewhere: Elsewhere | None = None

    def run(self, plan: RestorePlan) -> RestoreJournal:
        """Extract, stage and swap. Whatever fails before the swap has cost nothing; what fails later is rolled back."""
        label = self._extract(plan)
        try:
            self._write_configuration(plan)
            plan = self._with_own_settings(plan)
            journal = self._prepare(plan)
        except BaseException:
            self._forget_own_journal(plan)
            KeptIdentity(plan.placement.running_directory).drop()
            release_restored(self.folder, label, pin=self._pin(plan))
            raise
        if not plan.request.in_place:
            return journal
        try:
            end = self._stop(plan.placement.directory)
            carry(plan, folder=self.folder, cluster=self.cluster)
            # By this a rollback tells one entry from another.
            journal = replace(journal, pairs=with_entries(journal.pairs))
            return _swap(journal.at(SWAPPING, wal_end=end))
        except BaseException as error:
            raise roll_back_failed(
                journal,
                error,
                folder=self.folder,
                runner=self.runner,
                wanted=self.rolls_back_on_failure,
                seconds=self.stop_timeout_seconds,
            ) from error

    def _extract(self, plan: RestorePlan) -> str:
        """Everything beside, and the backup pinned; its label."""
        label = plan.replay.stop.backup.label
        with hold_backups(self.folder, [link.label for link in plan.replay.chain.links]):
            check_planned_wal(self.folder, plan.replay)
            own_places(plan.placement)
            restore_beside(
                plan,
                folder=self.folder,
                manifests=self.manifests,
                bin_directory=self.cluster.bin_directory,
                runner=self.runner,
                seconds=self.timeout_seconds,
            )
            pin_restored(self.folder, label, pin=self._pin(plan))
        return label

    def _prepare(self, plan: RestorePlan) -> RestoreJournal:
        """Stage, up to the journal: a copy is ready for its recovery then, in place the swap is next."""
        journal = self._stage(plan)
        if plan.request.in_place:
            self._forget_earlier(plan)
            journal = replace(journal, pairs=with_inodes(journal.pairs))
        else:
            carry(plan, folder=self.folder, cluster=self.cluster)
            journal = journal.at(SWAPPED)
        write_journal(journal)
        if self.folder.age_identity is not None:
            # Behind the journal, by which a rollback finds it. The swap does not change the directory's number.
            self.folder.age_identity.keep_for(plan.placement.running_directory)
        return journal

    def _pin(self, plan: RestorePlan) -> Pin:
        """What keeps the backup, and with it the WAL that the recovery is going to read."""
        # A standby has its primary for what it needs later.
        is_kept = plan.request.in_place and not plan.request.standby
        return pin_of_restore(str(plan.request.target), started=self.started, in_place=is_kept)

    def _with_own_settings(self, plan: RestorePlan) -> RestorePlan:
        """The plan with what only the backup's own configuration tells, where no other is left."""
        if not self._has_only_backup(plan):
            return plan
        is_on = configured_value(self._configuration(plan), "hot_standby", runner=self.runner) == "on"
        return replace(plan, hot_standby=plan.hot_standby and is_on)

    def _write_configuration(self, plan: RestorePlan) -> None:
        """The configuration of a cluster that this host has never seen."""
        elsewhere = self.elsewhere
        if elsewhere is None or elsewhere.configuration is None or not plan.request.in_place:
            return
        if elsewhere.configuration_directory is None:
            write_inside(plan.placement.base, elsewhere.configuration)
        else:
            write_outside(
                elsewhere.configuration_directory, base=plan.placement.base, configuration=elsewhere.configuration
            )

    def _has_only_backup(self, plan: RestorePlan) -> bool:
        return plan.placement.is_lost and self.cluster.has_configuration_inside

    def _configuration(self, plan: RestorePlan) -> Cluster:
        """The cluster with the configuration that the restored server will be started with."""
        if not self._has_only_backup(plan):
            return self.cluster
        return replace(self.cluster, config_file=f"{plan.placement.base}/postgresql.conf")

    def _stage(self, plan: RestorePlan) -> RestoreJournal:
        placement, in_place = plan.placement, plan.request.in_place
        if in_place and not self._has_only_backup(plan):
            keep_configuration(self.cluster, restored=placement.base, runner=self.runner)
        if in_place:
            set_for_good(placement.base, plan.request.settings)
        else:
            self._configure_copy(plan)
        if plan.request.standby:
            stage_standby(placement.base, self._standby_settings(plan))
            return self._journal(plan, staged={}, earlier_auto="")
        access = self._access(plan)
        settings = {
            **access.settings(placement.directory, port=placement.port),
            **self._recovery_settings(plan),
        }
        stage_access(placement.base, access, os_user=self.cluster.os_user, roles=self.cluster.login_roles(None))
        before = stage_recovery(placement.base, settings)
        return self._journal(plan, staged=settings, earlier_auto=before)

    def _journal(self, plan: RestorePlan, *, staged: Mapping[str, str], earlier_auto: str) -> RestoreJournal:
        placement = plan.placement
        return RestoreJournal(
            phase=SWAPPING,
            source=self.cluster,
            in_place=plan.request.in_place,
            directory=placement.directory,
            port=placement.port,
            pairs=placement.pairs,
            was_running=self.cluster.running,
            plan=RecordedPlan.of(plan),
            staged=staged,
            earlier_auto=earlier_auto,
            hot_standby=plan.hot_standby,
            started=self.started,
        )

    def _standby_settings(self, plan: RestorePlan) -> dict[str, str]:
        """By what a standby fetches WAL that its primary has no more."""
        command = restore_command(
            self.agent_path, cluster_name=plan.request.name, config_directory=self.config_directory, until=None
        )
        return {"restore_command": command, "recovery_target_timeline": "latest"}

    def _configure_copy(self, plan: RestorePlan) -> None:
        """The configuration of a copy, in its own directory."""
        directory = plan.placement.directory
        own = {**copy_settings(port=plan.placement.port), **plan.silenced, **plan.request.settings}
        if self.elsewhere is None or self.elsewhere.configuration is None:
            write_own_configuration(self.cluster, copy=directory, overrides=own, runner=self.runner)
        else:
            write_inside(directory, decided_by(self.elsewhere.configuration, own))

    def _access(self, plan: RestorePlan) -> RecoveryAccess:
        """The files that decide who gets in, as they will be once the recovery is handed over."""
        cluster, placement = self.cluster, plan.placement
        if not plan.request.in_place:
            cluster = copy_of(cluster, directory=placement.directory, port=placement.port)
        elif self._has_only_backup(plan):
            hba_file, ident_file = (self._restored_path(plan, name) for name in ("hba_file", "ident_file"))
            return RecoveryAccess(hba_file, ident_file, cluster.socket_directory)
        return RecoveryAccess(cluster.hba_file, cluster.ident_file, cluster.socket_directory)

    def _restored_path(self, plan: RestorePlan, name: str) -> str:
        path = configured_value(self._configuration(plan), name, runner=self.runner)
        inside = os.path.relpath(path, plan.placement.base)
        return path if inside.startswith("../") else os.path.join(plan.placement.directory, inside)

    def _recovery_settings(self, plan: RestorePlan) -> dict[str, str]:
        return staged_settings(
            plan.request.target,
            timeline=plan.replay.stop.timeline,
            action=plan.server_action,
            restore_command=restore_command(
                self.agent_path,
                cluster_name=plan.request.name,
                config_directory=self.config_directory,
                until=plan.archived_until,
                last=None if plan.copy_end is None else plan.copy_end.last_whole,
            ),
            version=self.cluster.version,
            elsewhere=settings_outside_auto(self._configuration(plan)),
            raised=plan.raised,
        )

    def _forget_earlier(self, plan: RestorePlan) -> None:
        """Remove what the restore before kept. Its journal goes first: it must not promise what is half removed."""
        remove_journal(plan.placement.directory)
        remove_generation((*(self.earlier.pairs if self.earlier else ()), *plan.placement.pairs))

    def _forget_own_journal(self, plan: RestorePlan) -> None:
        """A signal may come as soon as it is written, and it would be in the way of the next restore."""
        journal = find_journal(plan.placement.directory).journal
        if journal is not None and journal.started == self.started:
            remove_journal(plan.placement.directory)

    def _stop(self, directory: str) -> Lsn | None:
        """Stop the old server; how far its WAL reaches, ``None`` when it did not say so in its last checkpoint.

        Raises Failed (``nobody-waits``): somebody has to start the recovery afterwards.
        """
        keep_guard(directory)
        check_heard()
        go_on_alone()
        if self.cluster.is_lost:
            return None
        supervisor = supervisor_of(self.cluster.postmaster_pid)
        # A rollback could not start a server again that is about to end.
        with waiting():
            Service(self.cluster, runner=self.runner).stop(timeout_seconds=self.stop_timeout_seconds)
        check_nobody_starts(self.cluster.data_directory, supervisor=supervisor)
        control = read_control_data(
            self.cluster.data_directory, bin_directory=self.cluster.bin_directory, runner=self.runner
        )
        return control.checkpoint_lsn if control.shut_down_cleanly else None


def _swap(journal: RestoreJournal) -> RestoreJournal:
    if any(pair.by_entries for pair in journal.pairs):
        write_journal(journal)
    finish_swap(journal)
    swapped = journal.at(SWAPPED)
    write_journal(swapped)
    return swapped


__all__ = ("RestoreExecution",)
