# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run on several clusters refuses before any of them is touched, by looking at all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from ...errors import InvalidInput, PitrError, Refused
from .member import FleetMember, named

Refusals = dict[str, PitrError]
_DAY_SECONDS = 86400


def incomplete_groups(
    members: Sequence[FleetMember], *, groups: Mapping[str, Sequence[str]], apart: Sequence[str] = ()
) -> Refusals:
    """The members whose group is not in the run as a whole; ``apart`` are hosts of the inventory without clusters."""
    present = {member.host for member in members}
    refusals: Refusals = {}
    for member in members:
        if not (member.together and member.in_place):
            continue
        if member.together not in groups:
            refusals[member.host] = InvalidInput(
                f"pitr_restore_together is '{member.together}', and the inventory has no such group",
                code="group-unknown",
                hint="Let it name the group whose clusters go back together. AWX leaves out groups without hosts.",
            )
            continue
        absent = [host for host in groups[member.together] if host not in present and host not in apart]
        if absent:
            refusals[member.host] = Refused(
                f"the clusters of group '{member.together}' go back together, and {len(absent)} of "
                f"{len(groups[member.together])} are not in this run: "
                f"{named([FleetMember(host, host) for host in absent])}",
                code="group-incomplete",
                hint=f"Limit the run to the group '{member.together}'; or set 'pitr_restore_together' to \"\" for this "
                "run if its clusters are meant to differ in time.",
            )
    return refusals


def claimed_twice(members: Sequence[FleetMember]) -> Refusals:
    """The members that would be put into the place of one cluster, or be restored from one folder, with another one.

    A standby of another host and a copy claim nothing.
    """
    replacing = [member for member in members if member.replaces]
    refusals: Refusals = {}
    for keys, refusal in ((_folders, _shared), (_identity, _claimed), (_directory, _aliases)):
        for several in _together(replacing, keys=keys):
            refusals.update({member.host: refusal(member, several) for member in several})
    return refusals


def restores_that_differ(members: Sequence[FleetMember], *, started: Callable[[str], float]) -> Refusals:
    """The members of a rollback that one confirmation would take back although they were restored on their own.

    Such as one that was restored last month, and not with the others. ``started`` gives the seconds of a moment.
    """
    several = [member for member in members if _restore_of(member) and not _is_confirmed_by_name(member)]
    begun = {member.host: started(str(_restore_of(member).get("started"))) for member in several}
    targets = {str(_restore_of(member).get("target")) for member in several}
    if len(several) < 2 or (len(targets) == 1 and max(begun.values()) - min(begun.values()) <= _DAY_SECONDS):
        return {}
    lines = [f"{one.host} to '{_restore_of(one)['target']}', begun {_restore_of(one)['started']}" for one in several]
    return {
        member.host: Refused(
            f"these were not restored together: {'; '.join(lines[:5])}{' …' if len(lines) > 5 else ''}",
            code="restores-differ",
            hint="Limit the run to those whose restores belong together; or give each its own 'pitr_restore_confirm', "
            "'<cluster>@rollback'.",
        )
        for member in several
    }


def _restore_of(member: FleetMember) -> Mapping[str, str]:
    """The restore that would be taken back by the run's confirmation; empty where none is needed."""
    plan = member.plan or {}
    restore = plan.get("restore")
    return restore if plan.get("confirmation") and isinstance(restore, Mapping) else {}


def _is_confirmed_by_name(member: FleetMember) -> bool:
    return member.confirm == f"{member.cluster}@rollback"


def _folders(member: FleetMember) -> Iterable[Hashable]:
    """Where its backups and its WAL lie. A directory of its own host is one of it, not of another host."""
    for place in member.places:
        host = "" if ":" in place else member.told("hostname")
        # Without a plan nobody knows on which host a directory lies.
        if ":" in place or host:
            yield (host, place, member.cluster)


def _identity(member: FleetMember) -> Iterable[Hashable]:
    if member.told("system_identifier"):
        yield (member.told("system_identifier"), member.cluster)


def _directory(member: FleetMember) -> Iterable[Hashable]:
    if member.told("hostname") and member.told("data_directory"):
        yield (member.told("hostname"), member.told("data_directory"), member.told("system_identifier"))


def _together(
    members: Sequence[FleetMember], *, keys: Callable[[FleetMember], Iterable[Hashable]]
) -> list[list[FleetMember]]:
    """The members that have a key in common, where there are several."""
    found: dict[Hashable, list[FleetMember]] = {}
    for member in members:
        for key in keys(member):
            found.setdefault(key, []).append(member)
    return [several for several in found.values() if len(several) > 1]


def _shared(member: FleetMember, several: Sequence[FleetMember]) -> PitrError:
    return Refused(
        f"{named(several)} have one folder in the repository, '{member.cluster}'",
        code="folder-shared",
        hint="A folder is that of one cluster: set 'pitr_cluster_name', or limit the run to the one that is meant.",
    )


def _claimed(member: FleetMember, several: Sequence[FleetMember]) -> PitrError:
    return Refused(
        f"{named(several)} are all to become the cluster '{member.cluster}' with system identifier "
        f"{member.told('system_identifier')}",
        code="cluster-claimed-twice",
        hint="Only one host can be its primary: limit the run to that one, and make standbys of the others afterwards.",
    )


def _aliases(member: FleetMember, several: Sequence[FleetMember]) -> PitrError:
    return Refused(
        f"{named(several)} are one cluster under several names of the inventory: '{member.told('data_directory')}' on "
        f"{member.told('hostname')}",
        code="cluster-named-twice",
        hint="Limit the run to one of the names; in the repository the cluster has the one that it was archived by.",
    )


__all__ = ("Refusals", "claimed_twice", "incomplete_groups", "restores_that_differ")
