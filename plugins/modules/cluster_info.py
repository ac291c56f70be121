#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_info
short_description: Find the PostgreSQL clusters of a host
version_added: 0.1.0
description:
  - Finds every cluster of the host, running or stopped, by its running servers, by Debian's configurations in
    C(/etc/postgresql), and by data directories in C(/var/lib/pgsql) and other usual locations.
  - With O(data_directory) it describes that cluster and looks nowhere else; with O(port), those on that port.
  - Everything is read with PostgreSQL's own programs, without a login to the server. Only for the timeline of a
    promoted server does it try to log in.
  - Run as root, or as the user that owns the data directories. Clusters of other users are not seen without root.
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.attributes.info
  - pgfleet.pitr.cluster
options:
  from_variables:
    choices: [cluster]
  name:
    description:
      - Accepted so that one set of module defaults serves all modules. It has no effect here.
    type: str
  without_cluster:
    description:
      - Whether the cluster that the options name may be missing, because a restore is going to bring it.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Find the clusters of the host
  pgfleet.pitr.cluster_info:
  register: found

- name: Describe one of them
  pgfleet.pitr.cluster_info:
    data_directory: /var/lib/postgresql/17/main
  register: main
"""

RETURN = r"""
clusters:
  description: The clusters found.
  type: list
  elements: dict
  returned: success
  contains:
    version:
      description: The major version.
      type: int
    server_version:
      description: The full version of the programs found.
      type: str
    data_directory:
      description: The data directory, with symbolic links resolved.
      type: str
    port:
      description: The running server's port, or the configured one.
      type: int
    socket_directory:
      description: The directory of the Unix socket; empty when there is none.
      type: str
    bin_directory:
      description: The directory of the programs of this version.
      type: str
    config_file:
      description: The main configuration file.
      type: str
    hba_file:
      description: The file for client authentication.
      type: str
    ident_file:
      description: The file that maps user names.
      type: str
    service:
      description: Who starts and stops the cluster. RV(ignore:kind) is V(systemd), V(pg_ctlcluster) or V(pg_ctl).
      type: dict
    debian_name:
      description: The name that Debian's tools know the cluster by, such as V(15/main); V(null) elsewhere.
      type: str
    os_user:
      description: The operating system user that it runs as.
      type: str
    system_identifier:
      description: The number that it shares with all its copies, as text.
      type: str
    segment_size_bytes:
      description: The size of its WAL segments.
      type: int
    role:
      description: V(primary) or V(standby).
      type: str
    state:
      description: V(running) or V(stopped).
      type: str
    timeline:
      description: The timeline it is on.
      type: int
    tablespaces:
      description: The locations of tablespaces outside the data directory, by oid.
      type: dict
    wal_directory:
      description: Where C(pg_wal) leads when it is a symbolic link, else V(null).
      type: str
    compression:
      description:
        - The compression methods that this build of the server offers for base backups (from PostgreSQL 15 on), and
          those that this host can decompress.
      type: dict
  sample:
    - version: 15
      server_version: "15.18"
      data_directory: /var/lib/postgresql/15/main
      port: 5432
      socket_directory: /var/run/postgresql
      bin_directory: /usr/lib/postgresql/15/bin
      config_file: /etc/postgresql/15/main/postgresql.conf
      hba_file: /etc/postgresql/15/main/pg_hba.conf
      ident_file: /etc/postgresql/15/main/pg_ident.conf
      service:
        kind: systemd
        name: postgresql@15-main
      debian_name: 15/main
      os_user: postgres
      system_identifier: "7642011472967116994"
      segment_size_bytes: 16777216
      role: primary
      state: running
      timeline: 1
      tablespaces: {}
      wal_directory: null
      compression:
        server: [zstd, lz4, gzip]
        client: [zstd, lz4, gzip]
problems:
  description: Locations that look like a cluster but could not be described, each with the reason.
  type: list
  elements: str
  returned: success
  sample: []
interpreter:
  description: Whether the Python that ran this has C(psycopg2).
  type: dict
  returned: success
  sample: {psycopg2: true}
"""

# Before all others, which it imports faster.
from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
from ..module_utils._ansible.cluster_info import cluster_info
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.spec import CLUSTER_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        cluster_info,
        argument_spec={
            **CLUSTER_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster"]},
            "without_cluster": {"type": "bool", "default": False},
        },
    )


if __name__ == "__main__":
    main()
