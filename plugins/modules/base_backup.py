#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: base_backup
short_description: Take a verified base backup of a PostgreSQL cluster into its repository
version_added: "0.1.0"
description:
  - Takes a base backup with PostgreSQL's own C(pg_basebackup), as compressed tar archives with a backup manifest, one
    archive for the data directory and one for each tablespace.
  - Reads every archive while it is written, and compares each file's size and checksum with the manifest. A backup is
    recorded only if it is complete and the WAL that it needs is in the repository.
  - From PostgreSQL 17 on, an incremental backup holds only what has changed since another one, its parent. The server
    has to summarize its WAL for that, which M(pgfleet.pitr.wal_archive) turns on.
  - A backup that fails or is killed leaves nothing that looks like a backup; the next run cleans up after it.
  - The cluster must archive its WAL to the same repository, see M(pgfleet.pitr.wal_archive).
  - While it runs, C(pgpitr info) shows its progress.
  - A backup that was begun goes on to its end when the connection is cut or the controller is killed. A run that meets
    a backup of the cluster follows it to its end, and returns it as its own where it is of the O(type) that is asked
    for; else it takes one then.
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.attributes
  - pgfleet.pitr.cluster
  - pgfleet.pitr.repository
  - pgfleet.pitr.agent
options:
  name:
    required: true
  type:
    description:
      - V(auto) takes an incremental backup on the newest usable one where that is possible and no limit of the chain is
        reached (O(full_every_days), O(max_incrementals), O(max_chain_percent)), and a full one otherwise. RV(reason)
        says why.
      - With V(incremental) the limits do not count, and the module fails with the reason if an incremental backup is
        not possible, such as before PostgreSQL 17, without C(summarize_wal), after a recovery, or with a damaged
        parent.
    type: str
    choices: [auto, full, incremental]
    default: auto
  max_age_seconds:
    description:
      - No backup is taken if a usable one of any type, on the cluster's current timeline, ended less than this many
        seconds ago.
      - With V(0) every run takes a backup.
    type: int
    default: 0
  full_every_days:
    description:
      - V(auto) takes a full backup when the newest one is this many days old, less an hour for timers that fire a
        little early. V(0) means no such limit.
    type: int
    default: 7
  max_incrementals:
    description:
      - V(auto) takes a full backup when the newest one has this many incremental ones, each of which a restore has to
        extract. V(0) means no such limit.
    type: int
    default: 14
  max_chain_percent:
    description:
      - V(auto) takes a full backup when the incremental ones since the newest full one add up to this percentage of its
        size in the repository. V(0) means no such limit.
    type: int
    default: 50
  allow_standby:
    description:
      - Whether the backup may be taken from a standby. Its primary archives the WAL that the backup needs, and has to
        finish its last segment, for which C(archive_timeout) provides.
      - A standby has to be registered in the repository too, by M(pgfleet.pitr.wal_archive).
    type: bool
    default: false
  standby_wait_seconds:
    description:
      - How many seconds a backup from a standby waits for that WAL to be archived before it fails.
    type: int
    default: 300
  spool_max_bytes:
    description:
      - The most that the archives of a backup take in a temporary directory of this host, in bytes, at least 8388608 (8
        MiB). It matters where the repository is on another host or in a bucket, or encrypted; the manifest, of some 150
        bytes for each file of the cluster, comes on top.
      - Where the repository is slower than the server, C(pg_basebackup) is held back for that, and the backup takes
        longer.
    type: int
    default: 268435456
  accepted_faults:
    description:
      - Names of faults of PostgreSQL with which a chain may be extended although B(it may restore wrong data). Without
        them V(auto) takes a full backup, and V(incremental) fails with the code C(server-fault).
      - They are V(visibility-map-cleared), V(visibility-map-tail), V(truncated-and-regrown) and
        V(truncated-beyond-segment); chains that a restore, or what is recorded with them, makes right need none.
    type: list
    elements: str
    default: []
  compression:
    description:
      - How the archives are compressed.
      - V(auto) takes the first of zstd, lz4 and gzip that the server was built with and this host can decompress.
    type: str
    choices: [auto, zstd, lz4, gzip, none]
    default: auto
  checkpoint:
    description:
      - V(fast) makes the server write a checkpoint at once, which costs I/O for a moment.
      - With V(spread) the backup waits for one that is spread over time, up to C(checkpoint_timeout).
    type: str
    choices: [fast, spread]
    default: fast
  timeout_seconds:
    description:
      - The backup fails after this many seconds. V(0) means no limit.
    type: int
    default: 0
  max_rate_kib:
    description:
      - The highest rate at which the server sends, in KiB per second, from 32 to 1048576. Unset means no limit.
    type: int
seealso:
  - module: pgfleet.pitr.backup_info
  - module: pgfleet.pitr.wal_archive
"""

EXAMPLES = r"""
- name: Take a base backup
  pgfleet.pitr.base_backup:
    name: db1
    repository_path: /srv/pitr

- name: Take one unless there is one of the last day
  pgfleet.pitr.base_backup:
    name: db1
    repository_path: /srv/pitr
    max_age_seconds: 86400

- name: Begin a new chain at weekends
  pgfleet.pitr.base_backup:
    name: db1
    repository_path: /srv/pitr
    type: full
"""

RETURN = r"""
taken:
  description: Whether a backup was taken.
  type: bool
  returned: success
  sample: true
type:
  description:
    - The type of the backup that was taken, or in check mode would be. V(null) when a recent one makes it unnecessary.
    - A run of type V(auto) may take a full backup although check mode predicted an incremental one, if something
      changed in between; RV(reason) says what.
  type: str
  returned: success
  sample: incremental
parent:
  description: The label of the backup that the incremental one depends on, V(null) for a full one.
  type: str
  returned: success
  sample: 20261122T151500Z-full
reason:
  description: Why a backup of this type is taken, or why none is.
  type: str
  returned: success
  sample: it builds on '20261122T151500Z-full', as number 1 since the full backup '20261122T151500Z-full'
backup:
  description:
    - The backup that was taken, or the recent one that made it unnecessary.
    - V(null) in check mode when one would be taken.
  type: dict
  returned: success
  sample:
    label: 20261122T151500Z-full
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
left_out:
  description:
    - Links in the data directory that the backup does not have because PostgreSQL leaves them out, such as those to
      logs and configuration files, relative to the data directory. A link in place of data refuses the backup.
  type: list
  elements: str
  returned: success
  sample: [log]
line:
  description: What was done, or in check mode would be done, in one line.
  type: str
  returned: success
  sample: "would take an incremental backup: it builds on '20261122T151500Z-full', as number 1 since the full backup
    '20261122T151500Z-full'"
seconds:
  description: How long the run took, in seconds.
  type: float
  returned: success
  sample: 5.1
bytes:
  description: The size of the files in the backup, in bytes; for an incremental one, of what has changed.
  type: int
  returned: success
  sample: 2250000000
stored_bytes:
  description: The size of the backup in the repository, in bytes.
  type: int
  returned: success
  sample: 96000000
"""

# Before all others, which it imports faster.
from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
from ..module_utils._ansible.base_backup import BACKUP_JOB, base_backup
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.spec import AGENT_OPTIONS, CLUSTER_OPTIONS, REPOSITORY_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        base_backup,
        job=BACKUP_JOB,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            **AGENT_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster", "repository", "agent"]},
            "name": {"type": "str", "required": True},
            "type": {"type": "str", "choices": ["auto", "full", "incremental"], "default": "auto"},
            "max_age_seconds": {"type": "int", "default": 0},
            "full_every_days": {"type": "int", "default": 7},
            "max_incrementals": {"type": "int", "default": 14},
            "max_chain_percent": {"type": "int", "default": 50},
            "allow_standby": {"type": "bool", "default": False},
            "standby_wait_seconds": {"type": "int", "default": 300},
            "spool_max_bytes": {"type": "int", "default": 268435456},
            "accepted_faults": {"type": "list", "elements": "str", "default": []},
            "compression": {"type": "str", "choices": ["auto", "zstd", "lz4", "gzip", "none"], "default": "auto"},
            "checkpoint": {"type": "str", "choices": ["fast", "spread"], "default": "fast"},
            "timeout_seconds": {"type": "int", "default": 0},
            "max_rate_kib": {"type": "int"},
        },
    )


if __name__ == "__main__":
    main()
