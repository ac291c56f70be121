# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is looked at before a base backup, and the plan that comes of it. Nothing is written."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace

from ..._core.backup.compression import choose_backup_compressions, server_compressions
from ..._core.backup.incremental_obstacle import BackupSituation
from ..._core.backup.left_out import check_nothing_is_missing
from ..._core.backup.pg_basebackup_failure import hba_refused, replication_denied, wal_senders_full
from ..._core.backup.plan import BackupPlan, estimate_stored_bytes
from ..._core.backup.request import BackupRequest, check_backup_request
from ..._core.backup.server_facts import BackupFacts, check_archiving, check_tablespaces, command_words
from ..._core.backup.server_role import check_role
from ..._core.backup.type_decision import TypeDecision, decide_type, estimate_incremental_bytes
from ..._core.catalogue.catalogue import Catalogue
from ..._core.catalogue.record import Backup
from ..._core.errors import PitrError, Refused, Unavailable
from ..._core.postgres.cluster import Cluster
from ..._core.postgres.startup_message import ServerRefusal
from ..._core.repository.registration import check_not_foreign
from ..._core.restore.swap.swap_pair import entry_pair
from ..._io.catalogue.chain_files import chain_fault
from ..._io.catalogue.histories import check_history
from ..._io.catalogue.records import read_catalogue
from ..._io.postgres.at_once import both
from ..._io.postgres.nested_directories import check_directories
from ..._io.repository.backup_lock import BACKUP, backup_running, lock_holder
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.repository import Repository
from ..._io.repository.writers import check_writer
from ..._io.sql.replication_probe import probe_replication
from ..._io.sql.server import Server
from ..._io.storage.room import check_room
from ..._io.stream.checksum import CRC32C, SHA256
from ..._io.stream.compression import host_decompressors
from ..._io.stream.crc32c import crc32c_function
from ..._io.wal.archive_status import read_ready_files
from .odd_files import odd_files
from .queries import backup_facts
from .standby_wal import check_wal_arrives

# SQLSTATE, source: PostgreSQL's manual, "PostgreSQL Error Codes".
_INVALID_AUTHORIZATION = "28000"
_INSUFFICIENT_PRIVILEGE = "42501"
_TOO_MANY_CONNECTIONS = "53300"

_STANDBY_SIGNAL = "standby.signal"


def plan_backup(
    request: BackupRequest,
    *,
    cluster: Cluster,
    server: Server,
    repository: Repository,
    folder: ClusterFolder,
    config_directory: str,
) -> BackupPlan:
    """Decide whether a backup is taken, and refuse everything that would make it fail.

    Raises what the checks below raise; the codes are those of the module ``base_backup``.
    """
    check_backup_request(request)
    repository.check()
    check_folder(folder, cluster=cluster)
    facts = backup_facts(server, ready=read_ready_files(cluster.data_directory, now_seconds=time.time()))
    check_same_cluster(facts, cluster=cluster)
    _check_role(facts, cluster=cluster, request=request)
    check_archive(facts, cluster=cluster, folder=folder, config_directory=config_directory)
    check_history(folder, cluster=cluster, timeline=facts.timeline)
    check_tablespaces(facts)
    check_directories(cluster, tablespaces=facts.tablespaces)
    catalogue = read_catalogue(folder)
    decision = _choice(request, facts=facts, catalogue=catalogue, folder=folder)
    plan = _plan(request, decision=decision, facts=facts, cluster=cluster, backups=catalogue.backups)
    if not plan.steps:
        return plan
    _unused, left_out = both(
        lambda: _check_possible(plan, cluster=cluster, folder=folder), lambda: check_data_files(cluster)
    )
    kept = tuple(path for path in entry_pair(cluster.data_directory).paths[1:] if os.path.isdir(path))
    return replace(plan, left_out=left_out, kept=kept)


def _plan(
    request: BackupRequest, *, decision: TypeDecision, facts: BackupFacts, cluster: Cluster, backups: Sequence[Backup]
) -> BackupPlan:
    compressions = choose_backup_compressions(
        request.compression,
        server=server_compressions(version=cluster.version, wal_compression_values=facts.wal_compression_values),
        host=host_compressions(),
        processors=len(os.sched_getaffinity(0)),
    )
    full_bytes = estimate_stored_bytes(facts.size_bytes, compression=compressions[0].method, backups=backups)
    return BackupPlan(
        request=request,
        decision=decision,
        facts=facts,
        compressions=compressions,
        # Computing SHA-256 would make the server a third slower; see docs/benchmarks.md.
        checksums=CRC32C if crc32c_function() else SHA256,
        needed_bytes=full_bytes if decision.chain is None else estimate_incremental_bytes(decision.chain),
        needed_by_full_bytes=full_bytes,
    )


def _check_role(facts: BackupFacts, *, cluster: Cluster, request: BackupRequest) -> None:
    check_role(
        facts,
        data_directory=cluster.data_directory,
        allow_standby=request.allow_standby,
        has_standby_signal=os.path.exists(os.path.join(cluster.data_directory, _STANDBY_SIGNAL)),
    )


def _check_possible(plan: BackupPlan, *, cluster: Cluster, folder: ClusterFolder) -> None:
    """Return when a backup that has to be taken can begin now."""
    check_replication(plan.facts, cluster=cluster)
    holder = lock_holder(folder.storage)
    if holder is not None and holder.what == BACKUP:
        raise backup_running(folder.storage, holder=holder)
    if plan.needed_bytes is not None:
        check_room(folder.storage, needed_bytes=plan.needed_bytes)


def check_data_files(cluster: Cluster) -> tuple[str, ...]:
    """The links in the data directory that are not PostgreSQL's own, which no backup has.

    Looks at every name, so that a backup does not fail after hours at the last one. Raises Refused
    (``data-left-out``, ``data-unreadable``, ``name-too-long``).
    """
    directory = cluster.data_directory
    found = odd_files(directory, version=cluster.version)
    return check_nothing_is_missing(found, data_directory=directory, os_user=cluster.os_user)


def check_folder(folder: ClusterFolder, *, cluster: Cluster) -> None:
    """Return when the folder is this cluster's, and this copy of the cluster may write there.

    Raises Refused (``repository-foreign``, ``writer-unknown``) and what :meth:`ClusterFolder.identity` raises.
    """
    identity = folder.identity()
    check_not_foreign(identity, cluster=cluster)
    check_writer(identity.document(), data_directory=os.path.realpath(cluster.data_directory))


def check_same_cluster(facts: BackupFacts, *, cluster: Cluster) -> None:
    """Return when the server that answers is the one of the data directory. Raises Refused (``server-differs``)."""
    stated = facts.settings.get("data_directory", cluster.data_directory)
    if facts.system_identifier == cluster.system_identifier and os.path.realpath(stated) == cluster.data_directory:
        return
    raise Refused(
        f"the server on port {cluster.port} serves '{stated}' ({facts.system_identifier}), "
        f"not '{cluster.data_directory}' ({cluster.system_identifier})",
        code="server-differs",
        hint="Correct 'pitr_cluster_data_directory' or 'pitr_cluster_port'.",
    )


def check_archive(facts: BackupFacts, *, cluster: Cluster, folder: ClusterFolder, config_directory: str) -> None:
    """Return when the WAL goes to the repository, from here or, for a standby, from its primary.

    Raises Unavailable: what :func:`check_archiving` raises, ``agent-missing``, ``primary-not-archiving``.
    """
    if facts.archives_itself:
        check_archiving(facts, cluster_name=folder.name, config_directory=config_directory)
        check_archive_program(facts)
    if facts.in_recovery:
        check_wal_arrives(folder, facts=facts, segment_size=cluster.segment_size)


def check_archive_program(facts: BackupFacts) -> None:
    """Return when the program that archives can be run. Raises Unavailable (``agent-missing``)."""
    for program in command_words(facts.settings.get("archive_command", ""))[:1]:
        if program.startswith("/") and not os.access(program, os.X_OK, effective_ids=True):
            raise Unavailable(
                f"archive_command runs '{program}', which is not there or not executable",
                code="agent-missing",
                hint="Run the playbook 'archive', which installs it.",
            )


def check_replication(facts: BackupFacts, *, cluster: Cluster) -> None:
    """Return when the login gets a replication connection.

    Raises Unavailable: ``replication-denied``, ``hba-refused``, ``wal-senders-full``.
    """
    if not facts.may_replicate:
        raise replication_denied(facts.user)
    refusal = probe_replication(socket_directory=cluster.socket_directory, port=cluster.port, user=facts.user)
    if refusal is not None:
        raise _refused(refusal, facts=facts, cluster=cluster)


def host_compressions() -> frozenset[str]:
    """What this host can decompress."""
    return frozenset({"none", *host_decompressors()})


def _refused(refusal: ServerRefusal, *, facts: BackupFacts, cluster: Cluster) -> PitrError:
    if refusal.sqlstate == _INVALID_AUTHORIZATION:
        hba_file = facts.settings.get("hba_file", cluster.hba_file)
        return hba_refused(refusal.message, hba_file=hba_file, user=facts.user)
    if refusal.sqlstate == _INSUFFICIENT_PRIVILEGE:
        return replication_denied(facts.user)
    if refusal.sqlstate == _TOO_MANY_CONNECTIONS:
        return wal_senders_full(refusal.message)
    return Unavailable(
        f"the server refuses replication connections: {refusal.message} ({refusal.sqlstate})",
        code="replication-refused",
        hint="Remove the cause that the server names, and try again.",
    )


def _choice(request: BackupRequest, *, facts: BackupFacts, catalogue: Catalogue, folder: ClusterFolder) -> TypeDecision:
    situation = BackupSituation(
        now=facts.now,
        timeline=facts.timeline,
        system_identifier=facts.system_identifier,
        version_num=facts.version_num,
        backups=catalogue.backups,
        usable=catalogue.usable,
        damaged=catalogue.damaged,
        summarizes=facts.summarizes,
        summaries=facts.summaries,
        data_checksums=facts.data_checksums,
        settings_on=frozenset(name for name, value in facts.settings.items() if value == "on"),
        accepted_faults=frozenset(request.accepted_faults),
    )
    if situation.chain is not None and situation.fault is None:
        situation = replace(situation, chain_fault=chain_fault(folder, situation.chain))
    return decide_type(
        request.type, situation=situation, limits=request.limits, max_age_seconds=request.max_age_seconds
    )


__all__ = (
    "check_data_files",
    "check_folder",
    "check_replication",
    "check_same_cluster",
    "host_compressions",
    "plan_backup",
)
