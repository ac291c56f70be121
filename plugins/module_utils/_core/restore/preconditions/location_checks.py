# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusing directories that a backup names and an in-place restore must not write to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...catalogue.record import Backup
from ...errors import InvalidInput, Refused
from ...host.named_directory import NamedDirectory, foreign_name, never_usable, not_among
from ...wording import labels_text
from ..placement import version_directory_name
from ..request import RestoreFacts, RestoreRequest
from ..swap.swap_pair import LEFT_IN_PLACE

# What restores set aside in a tablespace's location, and what file systems have at their top.
USUAL_NAMES = frozenset({".pitr-new", ".pitr-old", ".pitr-undone", *LEFT_IN_PLACE})
_WAL = re.compile(
    r"[0-9A-F]{8}\.history|[0-9A-F]{24}(\.partial|\.[0-9A-F]{8}\.backup)?|archive_status|summaries"
    r"|[a-z]+temp\.\d+|RECOVERY(XLOG|HISTORY)|\..*\.tmp"
)
_SIDE_BY_SIDE = "Restore side by side with 'pitr_restore_data_directory', which puts everything beside the copy."


def named_directories(backup: Backup, facts: RestoreFacts) -> tuple[str, ...]:
    """The directories that an in-place restore uses because the backup names them, sorted."""
    wal = {backup.wal_directory} if facts.cluster.is_lost and backup.wal_directory else set()
    return tuple(sorted({*backup.tablespaces.values(), *wal}))


def check_locations(
    backup: Backup, facts: RestoreFacts, *, seen: Mapping[str, NamedDirectory], roots: tuple[str, ...]
) -> None:
    """Return when every directory that the backup names may be written to.

    With ``roots`` a tablespace has to lie below one of them. Without any, its location has to be a tablespace's of
    today's cluster, or missing, empty, or with nothing in it but the files of the lost cluster. Raises Refused
    (``tablespace-outside-roots``, ``wal-directory-refused``).
    """
    for location in sorted(set(backup.tablespaces.values())):
        fault, hint = _tablespace_fault(location, facts, seen=seen[location], roots=roots)
        if fault:
            raise Refused(
                f"the tablespace location '{location}' of backup {backup.label} {fault}",
                code="tablespace-outside-roots",
                hint=hint,
            )
    wal = backup.wal_directory
    if facts.cluster.is_lost and wal is not None:
        _check_wal(wal, seen[wal], label=backup.label)


def check_moved(request: RestoreRequest, backup: Backup) -> None:
    """Return when every location that is moved is one of the backup's. Raises InvalidInput (``tablespace-unknown``)."""
    locations = sorted({*backup.tablespaces.values()})
    wrong = next((each for each in request.tablespaces if each not in locations), None)
    if wrong is not None:
        raise InvalidInput(
            f"tablespaces moves '{wrong}', and backup {backup.label} has no tablespace there but at: "
            f"{labels_text(locations)}",
            code="tablespace-unknown",
            hint="Name each by the location that it had on the cluster's host.",
        )


def _tablespace_fault(
    location: str, facts: RestoreFacts, *, seen: NamedDirectory, roots: tuple[str, ...]
) -> tuple[str, str]:
    """What speaks against a location, and what to do; empty: nothing."""
    never = never_usable(location, seen)
    if never:
        return never, f"Nothing is ever put there. {_SIDE_BY_SIDE}"
    if roots:
        is_outside = not_among(roots, seen=seen)
        named = ", ".join(f"'{root}'" for root in roots)
        return f"lies outside {named}" if is_outside else "", "Add its directory to 'pitr_restore_tablespace_roots'."
    if not facts.cluster.is_lost and location in facts.tablespaces.values():
        return "", ""
    own = version_directory_name(facts) if facts.cluster.is_lost else ""
    foreign = foreign_name(seen, is_expected=lambda name: name in USUAL_NAMES or name == own)
    return (
        f"is not a tablespace of today's cluster and has '{foreign}' in it" if foreign else "",
        "Move that away, or name the directories below which tablespaces may lie with 'pitr_restore_tablespace_roots'.",
    )


def _check_wal(path: str, seen: NamedDirectory, *, label: str) -> None:
    fault = never_usable(path, seen)
    foreign = foreign_name(seen, is_expected=lambda name: name in USUAL_NAMES or _WAL.fullmatch(name) is not None)
    other = f"has '{foreign}' in it, which is no WAL"
    if fault or foreign:
        raise Refused(
            f"the WAL directory '{path}' of backup {label} {fault or other}",
            code="wal-directory-refused",
            hint=f"Move away what does not belong there, if it is right. {_SIDE_BY_SIDE}",
        )


__all__ = ("USUAL_NAMES", "check_locations", "check_moved", "named_directories")
