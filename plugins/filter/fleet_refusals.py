# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that finds which clusters of a run must not be touched, by looking at all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._core.errors import PitrError
from ..module_utils._core.restore.fleet.gate import HELD_BACK, FleetRun
from ..module_utils._core.restore.fleet.member import FleetMember
from ..module_utils._core.restore.scope import RestoreScope

DOCUMENTATION = r"""
name: fleet_refusals
short_description: Which clusters of a run must not be touched, and why
version_added: "0.2.0"
description:
  - Looks at all hosts of a run that restores or rolls back several clusters, before any of them is touched - a missing
    limit, the slice of a job, a part of a group that goes together, two hosts that claim one cluster, confirmations,
    and plans that do not hold.
  - The role C(pitr_restore) asks it twice, before the plans and after them.
author:
  - pgfleet.pitr contributors (@pgfleet)
options:
  _input:
    description: Ansible's variable C(hostvars), in which the role has left C(pitr_restore_member) of each host.
    type: dict
    required: true
  hosts:
    description: The hosts of the run, C(ansible_play_hosts_all).
    type: list
    elements: str
    required: true
  left:
    description: Those that have not failed, C(ansible_play_hosts).
    type: list
    elements: str
    required: true
  groups:
    description: Ansible's variable C(groups).
    type: dict
    required: true
  plan:
    description: The variable with the result of the plan; empty before the plans.
    type: str
    default: ""
  limited:
    description: Whether the run was limited to the hosts that are meant.
    type: bool
    default: false
  fleet:
    description: Whether all clusters are meant although it was not limited.
    type: bool
    default: false
  sliced:
    description: Whether the job is a slice of one.
    type: bool
    default: false
  failures:
    description: What becomes of the others when some cannot go, V(stop) or V(go_on).
    type: str
    default: stop
  rehearses:
    description: Whether nothing is to be changed.
    type: bool
    default: false
  rollback:
    description: Whether the run rolls back.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Look at all clusters of the run
  ansible.builtin.set_fact:
    refusals: >-
      {{ hostvars | pgfleet.pitr.fleet_refusals(hosts=ansible_play_hosts_all, left=ansible_play_hosts, groups=groups) }}
  run_once: true
"""

RETURN = r"""
_value:
  description:
    - By host, why it must not be touched, as C(msg), C(code) and C(hint). C(held) is whether it could go, but for
      others.
  type: dict
"""


def fleet_refusals(
    hostvars: Mapping[str, Any],
    *,
    hosts: Sequence[str],
    left: Sequence[str],
    groups: Mapping[str, Sequence[str]],
    plan: str = "",
    **run: Any,
) -> dict[str, dict[str, Any]]:
    """By host, why it must not be touched.

    >>> found = fleet_refusals({"db1": {}, "db2": {}}, hosts=["db1", "db2"], left=["db1", "db2"], groups={})
    >>> {host: refusal["code"] for host, refusal in found.items()}
    {'db1': 'limit-missing', 'db2': 'limit-missing'}
    """
    rolls_back = bool(run.get("rollback"))
    members = [
        _member(host, hostvars[host], plan=plan, failed=host not in left, rolls_back=rolls_back) for host in hosts
    ]
    decided = FleetRun(
        scope=RestoreScope(len(members), limited=bool(run.get("limited")), fleet=bool(run.get("fleet"))),
        groups=groups,
        apart=tuple(groups.get("pitr_repository_hosts", ())),
        sliced=bool(run.get("sliced")),
        goes_on=run.get("failures") == "go_on",
        rehearses=bool(run.get("rehearses")),
        rollback=rolls_back,
    ).refusals(members, planned=bool(plan))
    # Hosts have a say in these texts.
    refusals: dict[str, dict[str, Any]] = wrap_var({host: _told(error) for host, error in decided.items()})
    return refusals


def _told(error: PitrError) -> dict[str, Any]:
    """As the result of a task that has failed."""
    reason = {"msg": error.message, "code": error.code, "hint": error.hint}
    return {"failed": True, **reason, "held": error.code == HELD_BACK}


def _member(host: str, variables: Mapping[str, Any], *, plan: str, failed: bool, rolls_back: bool) -> FleetMember:
    asked = dict(variables.get("pitr_restore_member") or {})
    if rolls_back:
        asked = {**asked, "cluster": asked.get("name"), "directory": ""}
    told = variables.get(plan) if plan else None
    return FleetMember.read(host, asked, plan=told, failed=failed or (bool(plan) and told is None))


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """The filters by name."""
        return {"fleet_refusals": fleet_refusals}
