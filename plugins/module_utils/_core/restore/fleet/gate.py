# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which clusters of a run may be touched: all, or none, or those that can."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ...errors import PitrError, Refused
from ...instant import parse_instant
from ..preconditions.checks import check_confirmation
from ..scope import RestoreScope
from .guards import Refusals, claimed_twice, incomplete_groups, restores_that_differ
from .member import FleetMember, named

HELD_BACK = "fleet-held-back"


@dataclass(frozen=True)
class FleetRun:
    """The run as Ansible and AWX tell of it.

    ``groups`` are those of the inventory, ``apart`` the hosts that keep repositories. ``sliced``: AWX has cut the job
    into several, each of which takes its hosts for all. ``goes_on``: those that can are restored when others cannot.
    ``rehearses``: nothing is changed, so that nothing needs to be confirmed. ``rollback``: it rolls back.
    """

    scope: RestoreScope
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    apart: tuple[str, ...] = ()
    sliced: bool = False
    goes_on: bool = False
    rehearses: bool = False
    rollback: bool = False

    def refusals(self, members: Sequence[FleetMember], *, planned: bool) -> Refusals:
        """Why hosts may not go on, by host; those that have failed by themselves are not among them.

        Before anything is ``planned``, by the inventory alone; afterwards by the plans, too.
        """
        found = incomplete_groups(members, groups=self.groups, apart=self.apart)
        if not self.rollback:
            # In a rollback the same directories come back, whoever else has their names.
            found = {**claimed_twice(members), **found}
        found.update(self._of_the_run(members))
        decides = planned and not self.rehearses
        if decides:
            found = {**self._unconfirmed(members), **found}
        refusals = {one.host: found[one.host] for one in members if one.host in found and not one.failed}
        return {**self._held_back(members, refusals), **refusals} if decides else refusals

    def _of_the_run(self, members: Sequence[FleetMember]) -> Refusals:
        """What is wrong with the run itself."""
        wrong = Refused(
            "this job is a slice: AWX has cut its hosts into several jobs, none of which knows of the others",
            code="job-sliced",
            hint="Set the number of slices of the job template to 1, and 'pitr_serial' for batches. A workflow that "
            "has the name of its job template looks the same: rename it.",
        )
        error = wrong if self.sliced else _raised_by(self.scope.check)
        return {member.host: error for member in members if member.in_place} if error else {}

    def _unconfirmed(self, members: Sequence[FleetMember]) -> Refusals:
        found = {one.host: self._confirmation_error(one) for one in members if one.in_place and not one.failed}
        refusals = {host: error for host, error in found.items() if error}
        if self.rollback:
            refusals.update(restores_that_differ(members, started=_seconds))
        return refusals

    def _confirmation_error(self, member: FleetMember) -> PitrError | None:
        """What the host itself would refuse when its turn comes: found here before any other cluster is touched."""
        plan = member.plan or {}
        needed = plan.get("confirmation")
        if not needed or plan.get("already"):
            return None
        target = str(needed).partition("@")[2]
        accepted = self.scope.confirmations(cluster=member.cluster, target=target)
        return _raised_by(lambda: check_confirmation(member.confirm, accepted=accepted))

    def _held_back(self, members: Sequence[FleetMember], refusals: Refusals) -> Refusals:
        """Those that could go, and may not because of others; all of them, or those of one group."""
        bad = [member for member in members if member.failed or member.host in refusals]
        held: Refusals = {}
        for member in (one for one in members if one not in bad):
            because = [one for one in bad if not self.goes_on or (one.together and one.together == member.together)]
            if because:
                held[member.host] = _held_back_by(because, count=len(members), refusals=refusals)
        return held


def _held_back_by(bad: Sequence[FleetMember], *, count: int, refusals: Refusals) -> PitrError:
    codes = sorted({refusals[one.host].code if one.host in refusals else one.failure for one in bad})
    return Refused(
        f"not touched: its plan holds, but {len(bad)} of {count} cannot go: {named(bad)} ({', '.join(codes)})",
        code=HELD_BACK,
        hint="Mend those, or leave them out by '--limit'; 'pitr_restore_fleet_failures: go_on' lets go those that can, "
        "but never a part of a group that goes together.",
    )


def _seconds(text: str) -> float:
    """A moment that a host has told; zero for what is none, which is far from every other."""
    try:
        return parse_instant(text).timestamp()
    except ValueError:
        return 0.0


def _raised_by(check: Callable[[], None]) -> PitrError | None:
    try:
        check()
    except PitrError as error:
        return error
    return None


__all__ = ("HELD_BACK", "FleetRun")
