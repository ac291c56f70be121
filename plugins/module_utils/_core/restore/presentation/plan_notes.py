# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The remarks of a plan: what a reader would otherwise find out afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.chain_index import summarize_chains
from ...target.recovery_target import IMMEDIATE, PROMOTE
from ...target.search import StopPoint
from ..request import RestoreFacts, RestoreRequest


def plan_notes(request: RestoreRequest, facts: RestoreFacts, *, stop: StopPoint, hot_standby: bool) -> tuple[str, ...]:
    """Every remark on a restore that ends at this point; ``hot_standby`` is whether that begins before it."""
    return (*_notes(request, facts, stop), *_notes_of_closed(request, facts, hot_standby=hot_standby))


def _notes_of_closed(request: RestoreRequest, facts: RestoreFacts, *, hot_standby: bool) -> Iterator[str]:
    if hot_standby:
        return
    reason = "hot_standby is off"
    if facts.hot_standby:
        reason = (
            "a transaction with more than 64 subtransactions was open when the backup began, and hot standby does not "
            "begin before the target"
        )
    if request.action == PROMOTE:
        yield f"{reason}: the point reached is proven and checked only after the server has opened"
    else:
        yield f"{reason}: the server stops at the target, and is checked when it is promoted"


def _notes(request: RestoreRequest, facts: RestoreFacts, stop: StopPoint) -> Iterator[str]:
    if facts.cluster.is_lost:
        yield from _notes_of_lost(request, facts)
    if request.backup is None:
        yield from _notes_of_unused(request, facts, stop)
    if request.in_place and facts.cluster.has_configuration_inside and not facts.cluster.is_lost:
        yield "the configuration files in the data directory stay as they are today"
    if stop.backup.left_out:
        names = ", ".join(stop.backup.left_out)
        yield f"links of the data directory that the backup does not have, to be made again if needed: {names}"
    if request.in_place:
        yield from _notes_of_mounts(facts)
    known = set(stop.backup.tablespaces.values())
    newer = sorted(location for location in facts.tablespaces.values() if location not in known)
    if request.in_place and newer:
        yield f"tablespaces made after the backup are set aside: {', '.join(newer)}"


def _notes_of_mounts(facts: RestoreFacts) -> Iterator[str]:
    places = sorted(facts.mounted)
    if places:
        yield (
            f"mount points: {', '.join(places)}; they stay, and what lies in them trades places one by one; what is "
            "kept lies in them, too, as 'pgsql_tmp.pitr-old', which base backups leave out"
        )


def _notes_of_unused(request: RestoreRequest, facts: RestoreFacts, stop: StopPoint) -> Iterator[str]:
    """Newer backups than the chosen one that would have been nearer to the target, and cannot be used."""
    chains = summarize_chains(facts.backups, unusable=facts.damaged)
    for each in facts.backups:
        is_nearer = each.stop_lsn <= stop.lsn or request.target.kind == IMMEDIATE
        if each.label not in chains and is_nearer and stop.backup.stop_lsn < each.stop_lsn:
            reason = facts.damaged.get(each.label, "a backup that it builds on is missing or damaged")
            yield f"'{each.label}' is not used: {reason}"


def _notes_of_lost(request: RestoreRequest, facts: RestoreFacts) -> Iterator[str]:
    cluster = facts.cluster
    inside = f"{cluster.data_directory}/pg_wal"
    wal = inside if inside in facts.mounted else cluster.wal_directory
    source = f"archived WAL, and WAL in '{wal}'," if wal else "archived WAL"
    source += f" and what was streamed into '{request.received_directory}'" if request.received_directory else ""
    if request.source is None:
        yield f"the data directory '{cluster.data_directory}' is gone: only {source} can be recovered"
        if cluster.has_configuration_inside:
            yield "the configuration files in the data directory come from the backup"
    else:
        yield f"only {source} can be recovered"
    timelines = facts.wal.timelines()
    if len(timelines) > 1:
        yield (
            f"the archive has timelines {', '.join(str(each) for each in timelines)}; the newest is taken for the "
            "cluster's own (pitr_restore_target_timeline chooses another, as it must after a rollback)"
        )


__all__ = ("plan_notes",)
