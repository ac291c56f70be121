#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: agent
short_description: Install the pgpitr program that archives and fetches WAL
version_added: 0.1.0
description:
  - Installs, upgrades or removes the C(pgpitr) program on a host, with the configuration of one cluster.
  - PostgreSQL calls the program as its C(archive_command) and C(restore_command).
  - Creates the repository's top directory if it is missing, once its location has been checked.
  - The program is built from the same Python files that the modules use, so it always matches them. It needs Python
    3.9 or later and the standard library.
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.agent
  - pgfleet.pitr.attributes
  - pgfleet.pitr.cluster
  - pgfleet.pitr.repository
options:
  name:
    required: true
  state:
    description:
      - With V(present), program, configuration and repository directory are there and up to date.
      - With V(absent), the cluster's configuration is removed, and the program with it once no cluster of the host is
        configured. The repository and the timers are never removed; remove the timers first with
        M(pgfleet.pitr.timers), or each of their runs fails.
      - B(While the cluster's) C(archive_command) B(names the program, WAL piles up in the data directory after it is
        removed); turn archiving off first.
    type: str
    choices:
      - present
      - absent
    default: present
  part:
    description:
      - What of it to install. V(all) is everything but the key.
      - V(program) is the program alone, without a cluster's configuration, as a host needs it that keeps a repository
        for others.
      - V(repository) is the repository's directory alone, which O(os_user) owns, as such a host needs it. It is made,
        or an empty one of root's is given, only where root alone controls the path to it.
      - V(key) is the private key with which this cluster reaches O(repository_host), made by PostgreSQL's account in
        its own directory; only the public half is returned.
    type: str
    choices: [all, program, repository, key]
    default: all
  without_cluster:
    description:
      - Whether the cluster may be missing on this host, because a restore from the repository is going to bring it. The
        configuration then has what the options say, and nothing is changed where it is there.
    type: bool
    default: false
  key_comment:
    description: What the key is called; with O(part=key).
    type: str
  repository_host_key:
    description:
      - The public key of O(repository_host), as its C(/etc/ssh/ssh_host_ed25519_key.pub) has it, to be pinned; with
        O(part=key).
      - No other key of that host is accepted from then on.
    type: str
  compression:
    description:
      - How stored WAL is compressed. V(auto) is the first of V(zstd) and V(lz4) whose program the host has when a
        segment is archived, else V(gzip).
      - WAL that is already stored stays as it is and remains readable whatever is chosen here.
    type: str
    choices:
      - auto
      - zstd
      - lz4
      - gzip
      - none
    default: auto
  queue_max_bytes:
    description:
      - How many bytes of WAL may wait to be archived before C(pgpitr info) says so; unset or V(0) means however many.
      - Nothing that waits is ever dropped.
    type: int
seealso:
  - module: pgfleet.pitr.wal_archive
  - module: pgfleet.pitr.timers
"""

EXAMPLES = r"""
- name: Install the program for the only cluster of the host
  pgfleet.pitr.agent:
    name: db1
    repository_path: /srv/pitr
  become: true

- name: Keep the repository on a file system that has to be mounted
  pgfleet.pitr.agent:
    name: db1
    data_directory: /var/lib/postgresql/17/main
    repository_path: /mnt/backup/pitr
    repository_mount_point: /mnt/backup
    compression: lz4
  become: true

- name: Remove the configuration of a cluster that no longer archives
  pgfleet.pitr.agent:
    name: db1
    repository_path: /srv/pitr
    state: absent
  become: true
"""

RETURN = r"""
agent_path:
  description: The path of the program.
  returned: success
  type: str
  sample: /usr/local/bin/pgpitr
version:
  description: The program's version, which is the collection's.
  returned: when O(state=present)
  type: str
  sample: 0.1.0
python:
  description: The Python that runs the program.
  returned: when O(state=present)
  type: str
  sample: /usr/bin/python3
config_file:
  description: The cluster's configuration.
  returned: success
  type: str
  sample: /etc/pgpitr/db1.conf
repository_path:
  description: The repository's top directory.
  returned: when O(state=present)
  type: str
  sample: /srv/pitr
compression:
  description: The compression that O(compression) currently selects on this host.
  returned: when O(state=present)
  type: str
  sample: zstd
public_key:
  description: The public half of the key; empty in check mode where there is none yet.
  returned: when O(part=key)
  type: str
  sample: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH4t pgpitr db1@db1
identity_file:
  description: The private key, which O(repository_host) lets in once it has the public half.
  returned: when O(part=key)
  type: str
  sample: /var/lib/postgresql/.ssh/pgpitr-db1
steps:
  description: What was done, or in check mode would be done, in order.
  returned: success
  type: list
  elements: str
  sample:
    - make directory /srv/pitr with mode 0700
    - write /usr/local/bin/pgpitr (118276 bytes, mode 0755)
"""

# Before all others, which it imports faster.
from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.installation.agent import ensure_agent
from ..module_utils._ansible.spec import AGENT_OPTIONS, CLUSTER_OPTIONS, REPOSITORY_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        ensure_agent,
        is_administration=True,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            **AGENT_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster", "repository", "agent"]},
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "part": {"type": "str", "choices": ["all", "program", "repository", "key"], "default": "all"},
            "without_cluster": {"type": "bool", "default": False},
            "key_comment": {"type": "str", "no_log": False},
            "repository_host_key": {"type": "str", "no_log": False},
            "compression": {
                "type": "str",
                "choices": ["auto", "zstd", "lz4", "gzip", "none"],
                "default": "auto",
            },
            "queue_max_bytes": {"type": "int"},
        },
    )


if __name__ == "__main__":
    main()
