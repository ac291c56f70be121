# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that finds out whether the task files that a user named are there."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._core.report.hook import missing_file

DOCUMENTATION = r"""
name: hook_missing
short_description: Whether task files that run before and after the work are on the controller
version_added: "0.2.0"
description:
  - The roles use it before they do anything; C(docs/hooks.md) describes the task files.
author:
  - pgfleet.pitr contributors (@pgfleet)
options:
  _input:
    description: The paths; those that are empty are left out.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Look for them
  ansible.builtin.debug:
    msg: "{{ ['/etc/ansible/drain.yml', ''] | pgfleet.pitr.hook_missing }}"
"""

RETURN = r"""
_value:
  description: Empty, or C(failed), C(msg), C(code) and C(hint).
  type: dict
"""


def hook_missing(paths: Iterable[Any]) -> dict[str, Any]:
    """The failure, if there is one.

    >>> hook_missing(["", None]), hook_missing(["drain.yml"])["code"]
    ({}, 'hook-missing')
    """
    named = [str(path) for path in paths if path not in ("", None)]
    present = [path for path in named if os.path.isabs(path) and os.path.isfile(path)]
    # A path may look like a template.
    found: dict[str, Any] = wrap_var(missing_file(named, present=present))
    return found


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """The filters by name."""
        return {"hook_missing": hook_missing}
