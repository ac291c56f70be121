# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tablespaces that the recovery of an in-place restore creates: their locations, and what lies there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...catalogue.record import Backup
from ...errors import Refused
from ...host.named_directory import NamedDirectory, foreign_name, never_usable, not_among
from ...target.replayed_records import ReplayedRecords
from ..placement import version_directory_name
from ..request import RestoreFacts
from .location_checks import USUAL_NAMES


def created_locations(records: ReplayedRecords, *, backup: Backup, facts: RestoreFacts) -> dict[str, int]:
    """The locations that the replay of CREATE TABLESPACE links to, with the oids.

    Without those that the backup names or the cluster has today, which the restore puts in order itself.
    """
    known = {*backup.tablespaces.values(), *(() if facts.cluster.is_lost else facts.tablespaces.values())}
    return {each.location: each.oid for each in records.tablespaces if each.location and each.location not in known}


def check_created(
    locations: Mapping[str, int], facts: RestoreFacts, *, seen: Mapping[str, NamedDirectory], roots: tuple[str, ...]
) -> None:
    """Return when the recovery can create its tablespaces, and meets nobody else's files there.

    PostgreSQL wants the directory to be there, and to be its own; what lies in it already it would take for its own.
    Source: ``src/backend/commands/tablespace.c`` (create_tablespace_directories). Raises Refused
    (``tablespace-location-unusable``, ``tablespace-outside-roots``).
    """
    for location, oid in sorted(locations.items()):
        where = f"the recovery creates tablespace {oid} at '{location}', which"
        there = seen[location]
        if there.names is None or not there.is_own:
            raise Refused(
                f"{where} {'does not exist' if there.names is None else 'belongs to another account'}",
                code="tablespace-location-unusable",
                hint=f"Make it an empty directory of '{facts.cluster.os_user}' for the recovery, or choose a target "
                "before the tablespace was created.",
            )
        fault = never_usable(location, there) or _fault(there, facts, roots=roots)
        if fault:
            raise Refused(
                f"{where} {fault}",
                code="tablespace-outside-roots",
                hint="Restore side by side on another host, or choose a target before the tablespace was created.",
            )


def with_left_files(
    locations: Mapping[str, int], facts: RestoreFacts, *, seen: Mapping[str, NamedDirectory]
) -> RestoreFacts:
    """The facts of a lost cluster with these of its tablespaces, so that what is left of their files is set aside.

    Their pages are newer than the WAL that is replayed, which would leave them as they are.
    """
    if not facts.cluster.is_lost:
        return facts
    own = version_directory_name(facts)
    left = {oid: location for location, oid in locations.items() if own in (seen[location].names or ())}
    return replace(facts, tablespaces={**facts.tablespaces, **left})


def _fault(there: NamedDirectory, facts: RestoreFacts, *, roots: tuple[str, ...]) -> str:
    if roots and not_among(roots, seen=there):
        return f"lies outside {', '.join(repr(root) for root in roots)}"
    own = version_directory_name(facts) if facts.cluster.is_lost else ""
    foreign = foreign_name(there, is_expected=lambda name: name in USUAL_NAMES or name == own)
    return f"is not a tablespace of today's cluster and has '{foreign}' in it" if foreign else ""


__all__ = ("check_created", "created_locations", "with_left_files")
