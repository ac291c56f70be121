# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that begins the result of a playbook's run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._core.report.host_order import INVENTORY, in_order
from ..module_utils._core.report.run_outcome import value_at
from ..module_utils._core.report.run_result import begun

DOCUMENTATION = r"""
name: run_begun
short_description: The result of a playbook's run before its hosts are reached
version_added: "0.1.0"
description:
  - A value for M(ansible.builtin.set_stats) in which every host of this batch and the later ones is V(not_run). It is
    what is left when none of them can be reached.
  - The playbooks of the collection begin with it; P(pgfleet.pitr.run_ended#filter) ends them.
author:
  - pgfleet.pitr contributors (@pgfleet)
positional: playbook, hosts, batch, check_mode, order
options:
  _input:
    description: Ansible's variable C(hostvars), in which the earlier batches have left their result as C(pitr_run).
    type: dict
    required: true
  playbook:
    description: The playbook's name, such as V(backup).
    type: str
    required: true
  hosts:
    description: The hosts of the play, C(ansible_play_hosts).
    type: list
    elements: str
    required: true
  batch:
    description: The hosts of this batch, C(ansible_play_batch).
    type: list
    elements: str
    required: true
  check_mode:
    description: Whether this is a rehearsal, C(ansible_check_mode).
    type: bool
    required: true
  order:
    description: The order in which the play takes its hosts, as in its keyword of this name.
    type: str
    default: inventory
"""

EXAMPLES = r"""
- name: Begin the result
  ansible.builtin.set_stats:
    data:
      pitr_result: >-
        {{ hostvars | pgfleet.pitr.run_begun('backup', ansible_play_hosts, ansible_play_batch, ansible_check_mode) }}
    per_host: false
    aggregate: true
  run_once: true
  register: pitr_run
"""

RETURN = r"""
_value:
  description: The result, in the form described in C(docs/results.md).
  type: dict
"""


def run_begun(
    hostvars: Mapping[str, Any],
    playbook: str,
    hosts: Sequence[str],
    batch: Sequence[str],
    check_mode: bool,
    order: str = INVENTORY,
) -> dict[str, Any]:
    """The result of a run whose hosts are not reached yet.

    >>> run_begun({"db1": {}, "db2": {}}, "backup", ["db1", "db2"], ["db1"], False)["not_ok"]
    ['db1', 'db2']
    """
    taken = in_order(hosts, order)
    before = value_at(_last_left(hostvars, hosts=taken, batch=batch).get("pitr_run"), "ansible_stats", "data")
    waiting = begun(playbook, taken, batch=list(batch), before=value_at(before, "pitr_result"), check_mode=check_mode)
    # As in run_ended.
    result: dict[str, Any] = wrap_var(waiting)
    return result


def _last_left(hostvars: Mapping[str, Any], *, hosts: Sequence[str], batch: Sequence[str]) -> Mapping[str, Any]:
    """The variables of the last host that an earlier batch has left, or an earlier play: Ansible registers a result of
    ``run_once`` for the hosts of one batch only, and ends a play of whose batch none is left."""
    first = next((number for number, host in enumerate(hosts) if host in batch), 0)
    variables: Mapping[str, Any] = hostvars[hosts[first - 1]]
    return variables


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """The filters by name."""
        return {"run_begun": run_begun}
