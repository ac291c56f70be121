#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_info
short_description: Tell what can be recovered from a repository
version_added: "0.1.0"
description:
  - Reads the catalogue of one cluster, or of all clusters of a repository. It has the backups, the windows that can be
    recovered, and the gaps in the archived WAL.
  - Needs no running server and no data directory; it works on a host that only keeps the repository, too.
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.attributes.info
  - pgfleet.pitr.cluster
  - pgfleet.pitr.repository
options:
  name:
    description:
      - The cluster's name in the repository. Unset means every cluster of the repository.
  bin_directory:
    description:
      - Where PostgreSQL's programs of the cluster's major version lie; C(pg_waldump) reads when the last commit was.
      - Discovered when unset. Without such programs on the host, the ends of windows have positions and no times.
seealso:
  - module: pgfleet.pitr.base_backup
  - module: pgfleet.pitr.wal_archive_info
"""

EXAMPLES = r"""
- name: Read the catalogue of a cluster
  pgfleet.pitr.backup_info:
    name: db1
    repository_path: /srv/pitr
  register: catalogue

- name: Show it
  ansible.builtin.debug:
    msg: "{{ catalogue.text.splitlines() }}"
"""

RETURN = r"""
clusters:
  description: Every cluster that was asked for, in the form of C(docs/json-form.md).
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: The cluster's name in the repository.
      type: str
    system_identifier:
      description: PostgreSQL's identifier of the cluster.
      type: str
    backups:
      description:
        - The backups, oldest first. C(usable) is V(false) for one whose WAL is not all there.
      type: list
      elements: dict
    windows:
      description:
        - Unbroken stretches of recoverable moments. C(to) is the time of the last archived commit, V(null) when it is
          not known.
      type: list
      elements: dict
    gaps:
      description: Missing WAL segments, each with the first and the last.
      type: list
      elements: dict
    damaged_backups:
      description: Backups whose record cannot be read.
      type: list
      elements: dict
    running_backup:
      description: The backup that is being taken now, V(null) when none is.
      type: dict
    archiver:
      description: V(null) here; M(pgfleet.pitr.wal_archive_info) tells it.
      type: dict
  sample:
    - name: db1
      system_identifier: "7402983475982734987"
      backups:
        - label: 20261122T151500Z-full
          type: full
          parent: null
          start_time: "2026-11-22T15:15:00.204113Z"
          stop_time: "2026-11-22T15:15:04.871290Z"
          start_lsn: 0/2000028
          stop_lsn: 0/2000100
          timeline: 1
          size_bytes: 2250000000
          stored_bytes: 96000000
          compression: zstd
          version: 15
          usable: true
      windows:
        - from: "2026-11-22T15:15:04.871290Z"
          to: "2026-11-22T16:02:11.300517Z"
          timeline: 1
          from_lsn: 0/2000100
          to_lsn: 0/9000000
          backup: 20261122T151500Z-full
      gaps: []
      damaged_backups: []
      running_backup: null
      archiver: null
text:
  description: The same as a table for people.
  type: str
  returned: success
  sample: "db1  (system identifier 7402983475982734987)\n"
"""

from ..module_utils._ansible.backup_info import backup_info
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.spec import CLUSTER_OPTIONS, REPOSITORY_OPTIONS


def main() -> None:
    """Run the module."""
    run(backup_info, argument_spec={**CLUSTER_OPTIONS, **REPOSITORY_OPTIONS})


if __name__ == "__main__":
    main()
