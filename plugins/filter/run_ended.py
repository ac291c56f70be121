# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that ends the result of a playbook's run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._core.report.run_outcome import value_at
from ..module_utils._core.report.run_result import ended

DOCUMENTATION = r"""
name: run_ended
short_description: The result of a playbook's run once its hosts are through
version_added: "0.1.0"
description:
  - A value for M(ansible.builtin.set_stats) that says of each host what was done, or why it failed.
  - The playbooks of the collection end with it, whether or not hosts have failed.
author:
  - pgfleet.pitr contributors (@pgfleet)
positional: playbook, batch, begun
options:
  _input:
    description: Ansible's variable C(hostvars).
    type: dict
    required: true
  playbook:
    description: The playbook's name, such as V(backup).
    type: str
    required: true
  batch:
    description: The hosts of this batch that are left, C(ansible_play_batch).
    type: list
    elements: str
    required: true
  begun:
    description: What M(ansible.builtin.set_stats) returned for P(pgfleet.pitr.run_begun#filter).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: End the result
  ansible.builtin.set_stats:
    data:
      pitr_result: "{{ hostvars | pgfleet.pitr.run_ended('backup', ansible_play_batch, pitr_run) }}"
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


def run_ended(hostvars: Mapping[str, Any], playbook: str, batch: Sequence[str], begun: Any) -> dict[str, Any]:
    """The result of a run.

    >>> begun = {"ansible_stats": {"data": {"pitr_result": {"batch": ["db1"]}}}}
    >>> run_ended({"db1": {}}, "timers", ["db1"], begun)["counts"]
    {'ok': 1, 'failed': 0, 'unreachable': 0, 'not_run': 0}
    """
    before = value_at(begun, "ansible_stats", "data", "pitr_result")
    # Hosts have a say in these texts, and until ansible-core 2.18 set_stats reads templates in what it is given.
    result: dict[str, Any] = wrap_var(ended(playbook, hostvars, left=list(batch), before=before))
    return result


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """The filters by name."""
        return {"run_ended": run_ended}
