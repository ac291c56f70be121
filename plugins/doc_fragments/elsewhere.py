# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options of a restore on a host that never had the cluster."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``ELSEWHERE_OPTIONS`` in ``module_utils/_ansible/spec.py``."""

    DOCUMENTATION = r"""
options:
  source:
    description:
      - The cluster of the repository to restore where this host never had it, from the repository alone. The host needs
        PostgreSQL's programs of its major version, and access to the repository.
      - In place it must be O(name). The host becomes the B(successor) - the cluster comes to O(data_directory), which
        must be missing or empty, and archives from there. The right of others to write is withdrawn by
        M(pgfleet.pitr.writers).
      - With O(restore_data_directory) it may be another cluster than O(name), and the result is a copy.
      - Once the cluster is here, it says nothing more.
    type: str
  tablespaces:
    description:
      - For a successor, where tablespaces go, by the location that they had. The others go where they were.
    type: dict
    default: {}
  restore_wal_directory:
    description:
      - For a successor, the directory for its WAL, which C(pg_wal) then links to.
      - When unset, it lies in the data directory.
    type: path
  restore_as:
    description:
      - With V(standby) the cluster of O(source) becomes a standby of its primary, without a base backup of that one. It
        needs O(target_latest). It reads WAL from the archive and then streams; nobody's right to write changes.
    type: str
    choices: [primary, standby]
    default: primary
  primary_conninfo:
    description:
      - For a standby, how it reaches its primary. It is written to C(postgresql.auto.conf), for the server alone; a
        password in it is shown nowhere.
    type: str
  primary_slot_name:
    description:
      - For a standby, the replication slot that it uses. It has to be there on the primary.
    type: str
"""
