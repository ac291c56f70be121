# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that finds a host in the inventory by the name that other hosts reach it by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: inventory_host
short_description: The inventory's name of a host that others know by another one
version_added: "0.1.0"
description:
  - The name in the inventory of the host that other hosts reach by this name or address, for C(delegate_to).
  - It is the host with this name; else the one whose C(ansible_host) it is; else the name itself, which Ansible then
    reaches as it is.
author:
  - pgfleet.pitr contributors (@pgfleet)
positional: hostvars, otherwise
options:
  _input:
    description: The name or address. When it is empty, the result is O(otherwise).
    type: str
    required: true
  hostvars:
    description: Ansible's variable of this name.
    type: dict
    required: true
  otherwise:
    description: The result where there is no such host.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Run retention where the repository is
  ansible.builtin.include_role:
    name: pgfleet.pitr.pitr_backup
    tasks_from: expire
    apply:
      delegate_to: "{{ pitr_repository_host | pgfleet.pitr.inventory_host(hostvars, inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: The name for C(delegate_to).
  type: str
"""


def inventory_host(name: Any, hostvars: Mapping[str, Mapping[str, Any]], otherwise: str) -> str:
    """The name in the inventory.

    >>> hostvars = {"db1": {}, "keeper": {"ansible_host": "10.0.0.5"}}
    >>> inventory_host("10.0.0.5", hostvars, "db1"), inventory_host("keeper", hostvars, "db1")
    ('keeper', 'keeper')
    >>> inventory_host("", hostvars, "db1"), inventory_host("backup.example.com", hostvars, "db1")
    ('db1', 'backup.example.com')
    """
    if name is None or name == "":
        return otherwise
    # Asked whether it is there, Ansible also says yes to names of this machine that are not in the inventory.
    hosts = list(hostvars)
    if name in hosts:
        return str(name)
    return next((host for host in hosts if hostvars[host].get("ansible_host") == name), str(name))


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """The filters by name."""
        return {"inventory_host": inventory_host}
