# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter for a role's variable that no module takes, or whose default the module does not share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: if_empty
short_description: A value, or another one where it is the empty string
version_added: "0.1.0"
description:
  - The value itself, unless it is the empty string or null; then O(default).
  - Optional answers of an AWX survey arrive as the empty string. Ansible's P(ansible.builtin.default#filter) replaces
    V(0) and V(false) as well, or does not replace the empty string.
author:
  - pgfleet.pitr contributors (@pgfleet)
positional: default
options:
  _input:
    description: The value.
    type: raw
    required: true
  default:
    description: What counts where the value is empty.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Remove old backups unless the answer was no
  ansible.builtin.include_role:
    name: pgfleet.pitr.pitr_backup
    tasks_from: expire
  when: pitr_backup_expire | pgfleet.pitr.if_empty(true) | bool
"""

RETURN = r"""
_value:
  description: The value, or the default.
  type: raw
"""


def if_empty(value: Any, default: Any) -> Any:
    """The value, or the default for "" and ``None``; 0, false and [] are values.

    >>> if_empty("", 60), if_empty(None, True), if_empty(0, 60), if_empty(False, True)
    (60, True, 0, False)
    """
    return default if value is None or value == "" else value


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """The filters by name."""
        return {"if_empty": if_empty}
