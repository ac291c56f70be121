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
  from_variables:
    choices: [cluster, repository]
  name:
    description:
      - The cluster's name in the repository. Unset means every cluster of the repository.
  bin_directory:
    description:
      - Where PostgreSQL's programs of the cluster's major version lie; C(pg_waldump) reads when the last commit was.
      - Discovered when unset. Without such programs on the host, the ends of windows have positions and no times.
  max_age_seconds:
    description:
      - A newest backup that ended longer ago than so many seconds needs attention (C(attention) of its cluster).
        The default is eight days, because a full backup is taken every seven unless set otherwise. V(0) means never.
    type: int
    default: 691200
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

- name: Read the catalogue of the host's cluster, as the roles do
  pgfleet.pitr.backup_info:
    from_variables: [cluster, repository]
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
        - The backups, oldest first. C(usable) is V(false) for one that lacks some of its WAL or a backup it builds on.
          C(pins) says why it must not be removed, C(active) being V(false) where that time is over.
      type: list
      elements: dict
    windows:
      description:
        - Unbroken stretches of recoverable moments. C(to) is the time of the last archived commit, V(null) when it is
          not known. C(timeline_path) has the timelines along which it leads.
      type: list
      elements: dict
    gaps:
      description: Missing or damaged WAL segments, each with the first and the last, and the time that is lost by it.
      type: list
      elements: dict
    damaged_backups:
      description: Backups whose record cannot be read, that lack files, or that verification found damaged.
      type: list
      elements: dict
    running_backup:
      description: The backup that is being taken now, V(null) when none is.
      type: dict
    archiver:
      description: V(null) here; M(pgfleet.pitr.wal_archive_info) tells it.
      type: dict
    summary:
      description:
        - The newest backup that can be restored, its age, the window that ends last, and counts.
        - C(recoverable_from) and C(recoverable_to) are the first and the last moment that can be recovered, not every
          moment between; the last is V(null) when the time of the last commit is not known.
      type: dict
    attention:
      description: What somebody has to look at, in sentences.
      type: list
      elements: str
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
          chain:
            full: 20261122T151500Z-full
            links: 1
            stored_bytes: 96000000
          pins: []
      windows:
        - from: "2026-11-22T15:15:04.871290Z"
          to: "2026-11-22T16:02:11.300517Z"
          timeline: 1
          from_lsn: 0/2000100
          to_lsn: 0/9000000
          backup: 20261122T151500Z-full
          timeline_path:
            - timeline: 1
              from_lsn: 0/2000100
              to_lsn: 0/9000000
      gaps: []
      damaged_backups: []
      running_backup: null
      archiver: null
      summary:
        newest_backup: 20261122T151500Z-full
        newest_backup_age_seconds: 3600
        chain_links: 1
        recoverable_from: "2026-11-22T15:15:04.871290Z"
        recoverable_to: "2026-11-22T16:02:11.300517Z"
        newest_window:
          from: "2026-11-22T15:15:04.871290Z"
          to: "2026-11-22T16:02:11.300517Z"
          timeline: 1
          backup: 20261122T151500Z-full
          to_at_least: "2026-11-22T16:02:11.300517Z"
        backup_count: 1
        window_count: 1
        gap_count: 0
        stored_bytes: 96000000
        segment_count: 7
      attention: []
lines:
  description: Each cluster in one line, in the same order.
  type: list
  elements: str
  returned: success
  sample:
    - >-
      db1: newest backup 20261122T151500Z-full, 1 h old; recoverable 2026-11-22 15:15:04Z to 2026-11-22 16:02:11Z in
      1 window, no gaps; 1 backup of 91.55 MiB, 7 WAL segments
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
    run(
        backup_info,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster", "repository"]},
            "max_age_seconds": {"type": "int", "default": 691200},
        },
    )


if __name__ == "__main__":
    main()
