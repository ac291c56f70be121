#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: writers
short_description: Withdraw the right to write to a cluster's folder of the repository from all hosts but one
version_added: "0.1.0"
description:
  - The repository knows which hosts may write WAL and backups of a cluster. M(pgfleet.pitr.wal_archive) registers a
    host, and M(pgfleet.pitr.restore) the successor of one that is lost.
  - This module leaves O(hostname) with O(data_directory) as the only one. B(A server that still runs elsewhere can no
    longer archive) - that is what it is for, so that no two of them write after a succession.
  - A standby that is made again from the successor is registered by M(pgfleet.pitr.wal_archive).
  - Where another host keeps the repository it works there only, for a database host can add and not withdraw. The
    line in C(authorized_keys) that lets the lost host in has to go as well; the role C(pitr_restore) removes it.
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.attributes
  - pgfleet.pitr.cluster
  - pgfleet.pitr.repository
options:
  name:
    required: true
  from_variables:
    choices: [cluster, repository]
  hostname:
    description:
      - The kernel's name of the host that stays, as C(uname -n) prints it there.
      - It has to be set, and so has O(data_directory), which is that on this host, without links.
    type: str
  machine_id:
    description:
      - The content of C(/etc/machine-id) of the host that stays, by which it is told from others that are registered
        under the same name and data directory. Without it, or where none of them has it, the last of them stays.
    type: str
seealso:
  - module: pgfleet.pitr.restore
"""

EXAMPLES = r"""
- name: Let nobody but the successor write
  pgfleet.pitr.writers:
    name: db1
    repository_path: /srv/pitr
    hostname: db9
    machine_id: 8d3f5b0c2f6e4a0f9c1e7a5b3d2c1f00
    data_directory: /var/lib/postgresql/15/main
"""

RETURN = r"""
withdrawn:
  description: Those that may no longer write, as data directory and host.
  returned: success
  type: list
  elements: str
  sample: ["'/var/lib/postgresql/15/main' on 'db1'"]
"""

# Before all others, which it imports faster.
from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
from ..module_utils._ansible.archiving.writers import writers
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.spec import CLUSTER_OPTIONS, REPOSITORY_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        writers,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster", "repository"]},
            "name": {"type": "str", "required": True},
            "hostname": {"type": "str"},
            "machine_id": {"type": "str"},
        },
    )


if __name__ == "__main__":
    main()
