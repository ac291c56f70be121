# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that shows the result of a playbook's run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..module_utils._core.report.run_outcome import value_at
from ..module_utils._core.report.run_table import run_table as lines_of

DOCUMENTATION = r"""
name: run_table
short_description: The result of a playbook's run as a table
version_added: "0.1.0"
description:
  - Lines of at most 88 columns, which M(ansible.builtin.debug) prints in 100.
author:
  - pgfleet.pitr contributors (@pgfleet)
positional: stops
options:
  _input:
    description: What M(ansible.builtin.set_stats) returned for P(pgfleet.pitr.run_ended#filter).
    type: dict
    required: true
  stops:
    description: Whether no other batch follows one in which a host has failed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show the result
  ansible.builtin.debug:
    msg: "{{ pitr_run | pgfleet.pitr.run_table }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""


def run_table(ended: Any, stops: bool = False) -> list[str]:
    """The lines of the table.

    >>> result = {"playbook": "backup", "counts": {"ok": 2, "failed": 0}}
    >>> run_table({"ansible_stats": {"data": {"pitr_result": result}}})
    ['backup: 2 ok']
    """
    return lines_of(value_at(ended, "ansible_stats", "data", "pitr_result") or {}, stops=stops)


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """The filters by name."""
        return {"run_table": run_table}
