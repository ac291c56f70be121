#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_info
short_description: Show what can be recovered from a repository
version_added: "0.1.0"
description:
  - Reads the catalogue of one cluster, or of all clusters of a repository, which lists the backups, the windows that
    can be recovered, and the gaps in the archived WAL.
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
      - The directory of PostgreSQL's programs of the cluster's major version; C(pg_waldump) finds the time of the last
        commit.
      - Discovered when unset. Without such programs on the host, the ends of windows have positions but no times.
  max_age_seconds:
    description:
      - How old the newest backup may be, in seconds, before it needs attention (C(attention) of its cluster). The
        default is eight days, because a full backup is taken every seven days unless set otherwise. V(0) means any age.
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
  description: The clusters that were asked for, in the form described in C(docs/json-form.md).
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
        - The backups, oldest first. C(usable) is V(false) for a backup that lacks some of its WAL or a backup that it
          depends on. C(pins) says why it must not be removed; C(active) is V(false) for a pin that has run out.
      type: list
      elements: dict
    windows:
      description:
        - Unbroken stretches of recoverable moments. C(to) is the time of the last archived commit, V(null) when it is
          not known. C(timeline_path) lists the timelines that it follows.
      type: list
      elements: dict
    gaps:
      description: Ranges of missing or damaged WAL segments, each with the time that is lost.
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
      description: V(null) here; see M(pgfleet.pitr.wal_archive_info).
      type: dict
    summary:
      description:
        - The newest backup that can be restored, its age, the window that ends last, and counts.
        - C(recoverable_from) and C(recoverable_to) are the first and the last moment that can be recovered, not every
          moment between; the last is V(null) when the time of the last commit is not known.
      type: dict
    attention:
      description: What needs attention, in sentences.
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
      db1: newest backup 20261122T151500Z-full, 1 h old; recoverable 2026-11-22 15:15:05Z to 2026-11-22 16:02:11Z,
      no gaps; 1 backup of 91.55 MiB, 7 WAL segments
text:
  description: The same as a table for reading.
  type: str
  returned: success
  sample: "db1  (system identifier 7402983475982734987)\n"
"""

# Before all others, which it imports faster.
from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
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
