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
    recorded only when it is whole and the WAL that it needs is in the repository.
  - A backup that fails or is killed leaves nothing that looks like a backup; the next run removes what it left.
  - The cluster must archive its WAL to the same repository, see M(pgfleet.pitr.wal_archive).
  - While it runs, C(pgpitr info) shows how far it is.
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
      - The kind of backup. V(auto) and V(full) take a full one.
      - V(incremental) is refused until it is supported.
    type: str
    choices: [auto, full, incremental]
    default: auto
  max_age_seconds:
    description:
      - A usable backup of the cluster's present timeline that ended less than so many seconds ago is not taken again.
      - With V(0) every run takes a backup.
    type: int
    default: 0
  compression:
    description:
      - How the archives are compressed.
      - V(auto) takes the first of zstd, lz4 and gzip that the server was built with and this host can decompress.
    type: str
    choices: [auto, zstd, lz4, gzip, none]
    default: auto
  checkpoint:
    description:
      - V(fast) lets the server write a checkpoint at once, which costs I/O for a moment.
      - With V(spread) the backup waits for one that is spread over time, up to C(checkpoint_timeout).
    type: str
    choices: [fast, spread]
    default: fast
  timeout_seconds:
    description:
      - After so many seconds the backup is given up. V(0) means no limit.
    type: int
    default: 0
  max_rate_kib:
    description:
      - The most that the server sends, in KiB per second, from 32 to 1048576. Unset means no limit.
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
"""

RETURN = r"""
taken:
  description: Whether a backup was taken.
  type: bool
  returned: success
  sample: true
reason:
  description: Why a backup is taken, or why not.
  type: str
  returned: success
  sample: there is no usable backup of timeline 1
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
seconds:
  description: How long the run took, in seconds.
  type: float
  returned: success
  sample: 5.1
bytes:
  description: The size of the cluster's files in the backup, in bytes.
  type: int
  returned: success
  sample: 2250000000
stored_bytes:
  description: What the backup takes in the repository, in bytes.
  type: int
  returned: success
  sample: 96000000
"""

from ..module_utils._ansible.base_backup import base_backup
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.spec import AGENT_OPTIONS, CLUSTER_OPTIONS, REPOSITORY_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        base_backup,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            **AGENT_OPTIONS,
            "name": {"type": "str", "required": True},
            "type": {"type": "str", "choices": ["auto", "full", "incremental"], "default": "auto"},
            "max_age_seconds": {"type": "int", "default": 0},
            "compression": {"type": "str", "choices": ["auto", "zstd", "lz4", "gzip", "none"], "default": "auto"},
            "checkpoint": {"type": "str", "choices": ["fast", "spread"], "default": "fast"},
            "timeout_seconds": {"type": "int", "default": 0},
            "max_rate_kib": {"type": "int"},
        },
    )


if __name__ == "__main__":
    main()
