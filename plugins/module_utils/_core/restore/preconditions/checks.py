# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore refuses before it changes anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...catalogue.chain import chain_of
from ...catalogue.chain_index import summarize_chains
from ...catalogue.record import Backup
from ...errors import Damaged, InvalidInput, Refused
from ...recovery.access import check_start_options
from ...target.refusals import no_backup
from ...target.replayed_records import ReplayedRecords
from ...target.search import StopPoint
from ...wal.history_faults import history_asked_for, history_faults
from ...wording import labels_text
from ..placement import Placement
from ..request import RestoreFacts, RestoreRequest


def check_request(request: RestoreRequest, facts: RestoreFacts) -> None:
    """Refuse what can be refused without reading WAL.

    Raises Refused (``repository-foreign``, ``data-directory-not-empty``, ``port-in-use``, ``server-is-standby``,
    ``recovery-not-private``), InvalidInput (``timeline-unknown``, ``port-missing``, ``setting-refused``).
    """
    cluster = facts.cluster
    if cluster.system_identifier not in facts.repository_identifiers:
        raise Refused(
            f"the repository's folder '{request.name}' belongs to the cluster with system identifier "
            f"{' and '.join(facts.repository_identifiers)}, and '{cluster.data_directory}' has "
            f"{cluster.system_identifier}",
            code="repository-foreign",
            hint="Check 'pitr_cluster_name' and 'pitr_repository_path'. For backups from before pg_upgrade, set "
            "'pitr_cluster_data_directory' and 'pitr_cluster_bin_directory' to the old cluster's.",
        )
    if request.timeline is not None and request.timeline not in _timelines(facts):
        known = ", ".join(str(timeline) for timeline in _timelines(facts))
        raise InvalidInput(
            f"target_timeline {request.timeline} is unknown; there are {known}",
            code="timeline-unknown",
            hint="Leave 'pitr_restore_target_timeline' unset to let the plan find the right one.",
        )
    if request.directory is None:
        _check_movable(facts)
        _check_replaceable(request, facts)
        check_start_options(cluster.start_options)
        _check_overridden(request, facts)
    else:
        _check_directory(request, facts, directory=request.directory)


def usable_backups(request: RestoreRequest, facts: RestoreFacts) -> tuple[Backup, ...]:
    """The backups that the restore may start from.

    One whose chain is broken cannot be used, but an older one and more WAL lead to the same moment. Raises InvalidInput
    (``backup-unknown``), Damaged (``backup-damaged``, ``chain-broken``), Refused (``version-mismatch``), Missing
    (``backup-missing``).
    """
    backups = facts.backups
    if request.backup is not None:
        backups = (_chosen(request.backup, facts),)
    if not backups:
        raise no_backup(facts.current_timeline)
    same = tuple(backup for backup in backups if backup.version == facts.cluster.version)
    if not same:
        versions = ", ".join(sorted({str(backup.version) for backup in backups}))
        raise Refused(
            f"the backups are of PostgreSQL {versions}, and the programs in '{facts.cluster.bin_directory}' are of "
            f"{facts.cluster.version}",
            code="version-mismatch",
            hint="A physical backup can only be restored by its own major version: set 'pitr_cluster_bin_directory'.",
        )
    chains = summarize_chains(facts.backups, unusable=facts.damaged)
    whole = tuple(backup for backup in same if backup.label in chains)
    if not whole:
        # Says which link is missing, or else damaged.
        links = chain_of(same[-1], backups=facts.backups).links
        raise _damaged(next(link.label for link in links if link.label in facts.damaged), facts)
    return whole


def check_histories(stop: StopPoint, facts: RestoreFacts) -> None:
    """Refuse a recovery that would ask the archive for a history that it can't give.

    Raises Damaged (``history-damaged``, ``history-missing``).
    """
    faults = history_faults(facts.wal, damaged=facts.damaged_histories)
    timeline = history_asked_for(facts.wal, first=stop.backup.timeline, last=stop.timeline, faults=faults)
    if timeline is not None:
        raise Damaged(
            f"{faults[timeline]}; recovery from backup '{stop.backup.label}' to timeline {stop.timeline} asks for it",
            code="history-damaged" if timeline in facts.damaged_histories else "history-missing",
            hint="Put the file back, from another copy of the repository or from pg_wal of a server on that timeline.",
        )


def check_confirmation(given: str | None, *, accepted: Sequence[str]) -> None:
    """Refuse an in-place restore that was not confirmed in so many words; the first one is what a hint tells.

    Raises Refused (``confirmation-missing``, ``confirmation-differs``).
    """
    if given in accepted:
        return
    needed = " or ".join(f"'{text}'" for text in accepted)
    hint = f'When you have read the plan (--check) and mean it: pitr_restore_confirm: "{accepted[0]}"'
    if not given:
        raise Refused(
            f"this replaces the cluster's data, and confirm is not set; it must be {needed}",
            code="confirmation-missing",
            hint=hint,
        )
    raise Refused(f"confirm is '{given}', and for this it must be {needed}", code="confirmation-differs", hint=hint)


def _timelines(facts: RestoreFacts) -> tuple[int, ...]:
    return tuple(sorted({*facts.wal.timelines(), *(backup.timeline for backup in facts.backups)}))


def _chosen(label: str, facts: RestoreFacts) -> Backup:
    if label in facts.damaged:
        raise _damaged(label, facts)
    found = next((backup for backup in facts.backups if backup.label == label), None)
    if found is None:
        raise InvalidInput(
            f"backup '{label}' is unknown; there are: {labels_text([each.label for each in facts.backups])}",
            code="backup-unknown",
            hint="Leave 'pitr_restore_backup' unset to let the plan choose; 'pgpitr info' lists all.",
        )
    return found


def _damaged(label: str, facts: RestoreFacts) -> Damaged:
    return Damaged(
        f"backup '{label}' cannot be used: {facts.damaged[label]}",
        code="backup-damaged",
        hint="Choose another with 'pitr_restore_backup', or leave it unset.",
    )


def _check_movable(facts: RestoreFacts) -> None:
    if facts.cluster.in_recovery:
        raise Refused(
            f"'{facts.cluster.data_directory}' is a standby",
            code="server-is-standby",
            hint="Restore its primary, and build the standby again from that.",
        )


def _check_replaceable(request: RestoreRequest, facts: RestoreFacts) -> None:
    if request.standby and not facts.cluster.is_lost:
        raise Refused(
            f"'{facts.cluster.data_directory}' has a cluster that is no standby, and may be the primary itself",
            code="data-directory-not-empty",
            hint="A standby comes to a directory that is missing or empty. If this cluster is of no more use, stop it, "
            "and move its data directory away.",
        )


def _check_overridden(request: RestoreRequest, facts: RestoreFacts) -> None:
    found = next((name for name in request.settings if name in facts.command_line), None)
    if found is not None:
        raise InvalidInput(
            f"settings has '{found}', and the server's command line sets it: no file overrides that",
            code="setting-refused",
            hint="Take it off the command line, or change it there.",
        )


def _check_directory(request: RestoreRequest, facts: RestoreFacts, *, directory: str) -> None:
    if directory in facts.not_empty:
        raise Refused(
            f"restore_data_directory '{directory}' exists and is not empty",
            code="data-directory-not-empty",
            hint="Name a directory that does not exist yet, or an empty one.",
        )
    if request.port is None:
        raise InvalidInput(
            "restore_port is not set, and a copy beside the cluster needs a port of its own",
            code="port-missing",
            hint="Set 'pitr_restore_port' to a free port.",
        )
    # Of a cluster that is not here, nobody here has the port.
    if request.port == facts.cluster.port and request.source is None:
        raise Refused(
            f"restore_port {request.port} is the cluster's own: clients would take the copy for it",
            code="port-in-use",
            hint="Choose a free port for the copy.",
        )
    if request.port in facts.occupied_ports:
        raise Refused(
            f"restore_port {request.port} is in use", code="port-in-use", hint="Choose a free port for the copy."
        )


def check_mounts(placement: Placement, facts: RestoreFacts, *, real_paths: Mapping[str, str]) -> None:
    """Refuse to rename, or to remove, a directory with a file system in it or on it, where the restore does that.

    ``real_paths`` are those of the placement's pairs without links, by the paths. The kernel renames a mount point
    along with its mount, which at the next boot covers what lies there then. Raises Refused
    (``data-directory-mount-point``).
    """
    for pair in placement.pairs:
        live = real_paths.get(pair.live, pair.live)
        staying = {live, *(f"{live}/{name}" for name in pair.stays)} if pair.by_entries else set()
        for path in pair.paths:
            real = real_paths.get(path, path)
            found = sorted(each for each in facts.mount_points - staying if each == real or each.startswith(f"{real}/"))
            if found:
                where = f"'{found[0]}' is a mount point" + (f" inside '{path}'" if found[0] != path else "")
                raise Refused(
                    f"{where}, and the restore would rename or remove that directory",
                    code="data-directory-mount-point",
                    hint="The data directory and 'pg_wal' may be mount points, and directories inside them may not: "
                    "move that data elsewhere, or restore side by side with 'pitr_restore_data_directory'.",
                )


def check_tablespaces(records: ReplayedRecords, facts: RestoreFacts) -> None:
    """Refuse a copy whose recovery would write outside its own directories.

    The replay of CREATE TABLESPACE makes a link to the location that the WAL names, also where a tablespace of the
    backup lay there before. Raises Refused (``tablespace-created-since``).
    """
    created = next((each for each in records.tablespaces if each.location), None)
    if created is None:
        return
    used = " which the cluster uses now," if created.location in facts.tablespaces.values() else ""
    raise Refused(
        f"the WAL creates tablespace {created.oid} at '{created.location}',{used} in the record at {created.lsn}: a "
        "copy that replays it would write there",
        code="tablespace-created-since",
        hint=f"Take a new backup and restore from that, choose a target before {created.lsn}, or restore on a host of "
        "its own, in place.",
    )


__all__ = (
    "check_confirmation",
    "check_histories",
    "check_mounts",
    "check_request",
    "check_tablespaces",
    "usable_backups",
)
