#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wal_receiver
short_description: Receive the WAL of a PostgreSQL cluster on this host, by pg_receivewal under systemd
version_added: "0.1.0"
description:
  - Writes a service file of libpq, a password file if there is a password, and a systemd unit that runs
    C(pg_receivewal) as an ordinary account, and starts it. What it has received counts in a restore; see
    O(pgfleet.pitr.restore#module:received_directory).
  - The unit is C(pgpitr-stream-NAME.service). It flushes what it receives at once, begins again five seconds after its
    connection was lost, and makes its replication slot where it is missing. With several O(hosts) it looks for the one
    that is the primary, so that it follows a failover, and a new timeline.
  - C(pgpitr-prune-NAME.timer) removes what every required repository has, too, by C(pgpitr prune).
  - B(The password stands in no command line and in no unit), but in a file of mode 0600 that is the account's.
  - Run it on whichever host is to receive, as root unless O(service_manager=none).
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.agent
  - pgfleet.pitr.attributes
options:
  from_variables:
    description:
      - The groups of variables that fill the options that are not given.
    type: list
    elements: str
    choices: [agent]
  name:
    description:
      - The cluster's name in the repository.
    type: str
    required: true
  state:
    description:
      - With V(absent), units and files are removed. B(What was received stays); remove O(directory) by hand.
    type: str
    choices:
      - present
      - absent
    default: present
  directory:
    description:
      - Where received WAL is kept. It is made, with mode 0700, for the account. Required unless O(state=absent).
    type: path
  slot:
    description:
      - The replication slot; see M(pgfleet.pitr.stream_slot). When unset, it is made of O(name).
    type: str
  hosts:
    description:
      - The hosts that the cluster's primary may be on, by name, address or directory of its socket, each with a port
        after a colon if it is not O(port). Required unless O(state=absent).
    type: list
    elements: str
    default: []
  port:
    description:
      - The port of hosts without one of their own.
    type: int
    default: 5432
  user:
    description:
      - The role to connect as. It needs C(REPLICATION), and a line for C(replication) in C(pg_hba.conf). Required
        unless O(state=absent).
    type: str
  password:
    description:
      - Its password. Unset means that the server asks for none, as with C(peer) or a certificate.
    type: str
  sslmode:
    description:
      - The C(sslmode) of libpq, such as V(verify-full).
    type: str
  sslrootcert:
    description:
      - The file with the certificates of the authority that the server's own is from.
    type: path
  sslcert:
    description:
      - The file with the certificate of O(user).
    type: path
  sslkey:
    description:
      - The file with the key that belongs to O(sslcert), readable by the account alone.
    type: path
  os_user:
    description:
      - The account that receives. As root, when unset, the one that the program's configuration names as PostgreSQL's,
        else C(postgres).
    type: str
  bin_directory:
    description:
      - The directory of C(pg_receivewal), of the server's version or a later one. When unset, the newest that is found.
    type: path
  timer_prune:
    description:
      - When what is archived is removed, as a calendar expression of systemd; V(none) means never.
    type: str
    default: "*-*-* *:00/15:00 UTC"
  prune_repository:
    description:
      - The directory of the cluster's only repository, where this is the host that keeps it. When unset, the program's
        configuration names the repositories, as on the cluster's own host.
    type: path
  service_manager:
    description:
      - V(none) writes no units, for hosts without systemd; what is to be run is returned as RV(commands).
    type: str
    choices:
      - systemd
      - none
    default: systemd
seealso:
  - module: pgfleet.pitr.stream_slot
  - module: pgfleet.pitr.restore
"""

EXAMPLES = r"""
- name: Receive the WAL of db1 on the host that keeps the repository
  pgfleet.pitr.wal_receiver:
    name: db1
    directory: /srv/received/db1
    hosts: [db1.example.com, db2.example.com]
    user: pgreceive
    password: "{{ vault_pgreceive_password }}"
    sslmode: verify-full
    os_user: pgpitr
    prune_repository: /srv/pitr
  become: true

- name: Receive no more
  pgfleet.pitr.wal_receiver:
    name: db1
    state: absent
  become: true
"""

RETURN = r"""
unit:
  description: The unit that receives; V(null) with O(service_manager=none).
  returned: success
  type: str
  sample: pgpitr-stream-db1.service
slot:
  description: The replication slot; V(null) with O(state=absent).
  returned: success
  type: str
  sample: pgpitr_db1
directory:
  description: Where received WAL is kept; V(null) with O(state=absent).
  returned: success
  type: str
  sample: /srv/received/db1
environment:
  description: The environment variables of the commands; V(null) with O(state=absent).
  returned: success
  type: dict
  sample:
    PGSERVICEFILE: /etc/pgpitr/db1.pg_service
    LC_ALL: C
commands:
  description:
    - The commands C(create_slot), C(receive) and C(prune), as lists of words; V(null) with O(state=absent). What
      receives ends when its connection does; the first one comes before it each time.
  returned: success
  type: dict
  sample:
    create_slot: [/usr/bin/pg_receivewal, --slot, pgpitr_db1, --create-slot, --if-not-exists]
    receive: [/usr/bin/pg_receivewal, --slot, pgpitr_db1, --synchronous, --directory, /srv/received/db1]
    prune: [/usr/local/bin/pgpitr, prune, --cluster, db1, --directory, /srv/received/db1]
steps:
  description: What was done, or in check mode would be done, in order.
  returned: success
  type: list
  elements: str
  sample:
    - make directory /srv/received/db1 with mode 0700
    - write /etc/pgpitr/db1.pg_service (310 bytes, mode 0600)
    - systemctl daemon-reload
    - systemctl enable --now pgpitr-stream-db1.service
"""

from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.installation.wal_receiver import ensure_receiver
from ..module_utils._ansible.spec import AGENT_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        ensure_receiver,
        is_administration=True,
        argument_spec={
            **AGENT_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["agent"]},
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "directory": {"type": "path"},
            "slot": {"type": "str"},
            "hosts": {"type": "list", "elements": "str", "default": []},
            "port": {"type": "int", "default": 5432},
            "user": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "sslmode": {"type": "str"},
            "sslrootcert": {"type": "path"},
            "sslcert": {"type": "path"},
            "sslkey": {"type": "path", "no_log": False},
            "os_user": {"type": "str"},
            "bin_directory": {"type": "path"},
            "timer_prune": {"type": "str", "default": "*-*-* *:00/15:00 UTC"},
            "prune_repository": {"type": "path"},
            "service_manager": {"type": "str", "choices": ["systemd", "none"], "default": "systemd"},
        },
    )


if __name__ == "__main__":
    main()
