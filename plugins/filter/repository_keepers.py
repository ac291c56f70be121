# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that finds on which hosts the work in the repositories of a cluster is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .inventory_host import inventory_host

DOCUMENTATION = r"""
name: repository_keepers
short_description: The hosts that keep the repositories of a cluster, each with the names of its own
version_added: "0.2.0"
description:
  - The hosts on which retention and verification run. A repository that another host keeps is that host's; a directory
    of the cluster's host, and a bucket, are the cluster's host's.
author:
  - pgfleet.pitr contributors (@pgfleet)
positional: hostvars, otherwise
options:
  _input:
    description: The repositories, as in C(pitr_repositories), or one with its C(host) alone.
    type: list
    elements: dict
    required: true
  hostvars:
    description: Ansible's variable of this name.
    type: dict
    required: true
  otherwise:
    description: The cluster's host.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show where retention runs
  ansible.builtin.debug:
    msg: "{{ pitr_repositories | pgfleet.pitr.repository_keepers(hostvars, inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: For each host, in the order of the list, its name in the inventory (C(host)), and C(repositories).
  type: list
  elements: dict
"""


def repository_keepers(
    repositories: Iterable[Mapping[str, Any]], hostvars: Mapping[str, Mapping[str, Any]], otherwise: str
) -> list[dict[str, Any]]:
    """The hosts with the names of what each keeps.

    >>> items = [{"name": "near", "path": "/a"}, {"name": "far", "host": "10.0.0.5"}, {"name": "cloud"}]
    >>> repository_keepers(items, {"db1": {}, "keeper": {"ansible_host": "10.0.0.5"}}, "db1")
    [{'host': 'db1', 'repositories': ['near', 'cloud']}, {'host': 'keeper', 'repositories': ['far']}]
    >>> repository_keepers([{"host": ""}], {}, "db1")
    [{'host': 'db1', 'repositories': []}]
    """
    found: dict[str, list[str]] = {}
    for item in repositories:
        kept = found.setdefault(inventory_host(item.get("host"), hostvars, otherwise), [])
        kept += [str(item["name"])] if item.get("name") else []
    return [{"host": host, "repositories": names} for host, names in found.items()]


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """The filters by name."""
        return {"repository_keepers": repository_keepers}
