# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that tells the failure of a task that a user named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._core.report.hook import failed_tasks
from ..module_utils._core.report.run_outcome import value_at

DOCUMENTATION = r"""
name: hook_failed
short_description: The failure of a task that runs before or after the work
version_added: "0.2.0"
description:
  - It names the task and its file, and nothing of its result, which may be secret.
  - The roles use it; C(docs/hooks.md) describes the task files.
author:
  - pgfleet.pitr contributors (@pgfleet)
positional: path, task
options:
  _input:
    description: What the tasks are told, C(pitr_hook).
    type: dict
    required: true
  path:
    description: The task file.
    type: str
    required: true
  task:
    description: The name of the task that failed.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Note why they failed
  ansible.builtin.set_fact:
    why: "{{ pitr_hook | pgfleet.pitr.hook_failed('/etc/ansible/drain.yml', ansible_failed_task.name) }}"
"""

RETURN = r"""
_value:
  description: C(failed), C(msg), C(code) and C(hint).
  type: dict
"""


def hook_failed(hook: Mapping[str, Any], path: str, task: Any) -> dict[str, Any]:
    """The failure.

    >>> hook_failed({"act": "backup", "when": "after"}, "/etc/undrain.yml", "Undrain")["code"]
    'hook-failed'
    """
    act, when = str(value_at(hook, "act") or "work"), str(value_at(hook, "when") or "after")
    # As in hook_missing.
    told: dict[str, Any] = wrap_var(failed_tasks(str(path), act=act, when=when, task=str(task or "without a name")))
    return told


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """The filters by name."""
        return {"hook_failed": hook_failed}
