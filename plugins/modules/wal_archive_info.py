#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wal_archive_info
short_description: Show the state of a PostgreSQL cluster's WAL archiving
version_added: 0.1.0
description:
  - Shows C(pg_stat_archiver), how many finished WAL files are waiting and for how long, why archiving fails, how far
    the repository lags behind, what would be lost with the host, for what else the server keeps WAL, and which segments
    the repository has and lacks.
  - C(failed_count) alone does not show every failure, because PostgreSQL does not count an C(archive_command) that is
    ended by a signal or exits with a code above 125. Watch RV(archiver.ready_count) and
    RV(archiver.oldest_ready_seconds), too.
  - Works while the server is down; what only the server knows is V(null) then. If the data directory is gone, it shows
    what the repository has; if the repository cannot be reached, what the host knows.
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.attributes.info
  - pgfleet.pitr.cluster
  - pgfleet.pitr.repository
options:
  name:
    required: true
  from_variables:
    choices: [cluster, repository]
  check_files:
    description:
      - Whether to read every stored WAL file as a recovery would, and list those that cannot be used.
      - This reads and decompresses the whole archive, one file at a time, which takes long for a large one.
    type: bool
    default: false
  queue_max_bytes:
    description:
      - How many bytes of WAL may wait to be archived before RV(attention) says so; unset or V(0) means however many.
      - Nothing that waits is ever dropped. PostgreSQL keeps it until it is archived, and stops when the disk is full.
    type: int
seealso:
  - module: pgfleet.pitr.wal_archive
"""

EXAMPLES = r"""
- name: Read the state of archiving
  pgfleet.pitr.wal_archive_info:
    name: db1
    repository_path: /srv/pitr
  register: archive_state

- name: Fail if the archiver is stuck
  ansible.builtin.assert:
    that:
      - archive_state.archiver.failing_on is none
      - archive_state.archiver.oldest_ready_seconds < 600
      - archive_state.gaps == []
"""

RETURN = r"""
archiver:
  description: The archiver's state; V(null) when the cluster is not there, because its data directory is gone.
  type: dict
  returned: success
  contains:
    ready_count:
      description: How many finished files are waiting to be archived.
      type: int
    oldest_ready_seconds:
      description: How long the oldest of them has waited, in seconds; 0 when none is waiting.
      type: float
    last_archived:
      description: The file that was archived last; V(null) when none was, or the server is down.
      type: str
    failing_on:
      description: The file that the archiver is failing on; V(null) when it is not known to fail.
      type: str
    failure:
      description:
        - The last failure of C(archive-push) on a file that still waits, as C(file), C(code), C(msg)
          and C(time); V(null) when there is none.
      type: dict
    server_error:
      description: Why the server could not be asked, so that what only it knows is V(null); V(null) if it was asked.
      type: str
    archiving:
      description: Whether the running server archives at all; V(null) when it is down.
      type: bool
    repository:
      description: The cluster's place in the repository.
      type: str
    repository_error:
      description: Why the repository could not be read; V(null) if it was.
      type: str
    stored_until:
      description: Where the WAL in the repository ends without a hole; V(null) when that is not known.
      type: str
    loss:
      description:
        - What would be lost with the host now, estimated. C(bytes) is the WAL that only the host has, C(seconds) for
          how long its changes were made; V(null) when that is not known, as on a standby.
      type: dict
    rate:
      description:
        - Segments a second in the last five minutes, or the shorter time of which C(pg_wal) still has the files;
          C(archived_per_second) and C(finished_per_second) by the server, V(null) when not known.
      type: dict
    ready_bytes:
      description: The size of the segments that wait.
      type: int
    queue_max_bytes:
      description: O(queue_max_bytes).
      type: int
    pg_wal_bytes:
      description: The size of all segments in C(pg_wal).
      type: int
    pg_wal_free_bytes:
      description: The free space on their file system.
      type: int
    held_wal:
      description:
        - What stands still and holds back WAL, such as a replication slot that nobody uses, a transaction that is not
          ended or a WAL summarizer that is stuck, in sentences with the remedy.
      type: list
      elements: str
    kept_wal:
      description:
        - For what else than archiving the server keeps WAL, the most first. C(by) is V(slot), V(summarizer) (one that
          is stuck) or V(wal_keep_size), C(name) that of the slot, C(bytes) how much, C(state) how it is.
      type: list
      elements: dict
    repositories:
      description:
        - What the further ones of O(repositories) have. C(name), C(required), C(lacking_segments) and C(first_lacking)
          of the WAL that the first one has, C(failure) as above of storing there, C(error) why it could not be read.
        - C(backup_count) of its own backups, and C(window), the one that ends last of what can be recovered from it
          alone (C(from), C(timeline), C(from_lsn), C(to_lsn), C(backup)).
      type: list
      elements: dict
  sample:
    ready_count: 0
    oldest_ready_seconds: 0.0
    last_archived: "000000010000000000000003"
    failing_on: null
    failure: null
    server_error: null
    archiving: true
    repository: /srv/pitr/db1
    repository_error: null
    stored_until: 0/4000000
    loss: {bytes: 4096, seconds: 12.1}
    rate: {archived_per_second: 0.017, finished_per_second: 0.017}
    ready_bytes: 0
    queue_max_bytes: null
    pg_wal_bytes: 83886080
    pg_wal_free_bytes: 21474836480
    held_wal: []
    kept_wal: [{by: slot, name: standby1, bytes: 4096, state: in use}]
    repositories: []
text:
  description: The archiver's state as a table for reading.
  type: str
  returned: success
  sample: "  archiver  last archived 000000010000000000000003, 0 waiting"
line:
  description: The state of archiving in a few words, with the lag.
  type: str
  returned: success
  sample: last archived 000000010000000000000003, none waiting, 4.00 KiB behind
attention:
  description: What needs attention, in sentences.
  type: list
  elements: str
  returned: success
  sample: []
archived_count:
  description: Files archived since the reset of the server's statistics.
  type: int
  returned: success
  sample: 3
failed_count:
  description: Failed attempts since the reset of the server's statistics.
  type: int
  returned: success
  sample: 0
last_archived_time:
  description: When a file was archived last, ISO 8601 in UTC.
  type: str
  returned: success
  sample: "2026-09-15T12:30:00.000000Z"
last_failed_time:
  description: When archiving failed last, ISO 8601 in UTC.
  type: str
  returned: success
  sample: null
archiving:
  description: Whether the running server archives at all; V(null) when it is down.
  type: bool
  returned: success
  sample: true
settings:
  description: The values in force of the settings that concern archiving; V(null) when the server is down.
  type: dict
  returned: success
  sample:
    archive_mode: "on"
    archive_command: /usr/local/bin/pgpitr archive-push --cluster db1 %p
lag:
  description: How far the repository lags behind the cluster; all V(null) when there is no cluster.
  type: dict
  returned: success
  contains:
    segments:
      description: Finished segments that are not archived.
      type: int
    bytes:
      description: Bytes of WAL after the last stored segment of the timeline; V(null) when that is not known.
      type: int
    seconds:
      description: How long the oldest finished file has waited, in seconds.
      type: float
  sample:
    segments: 0
    bytes: 4096
    seconds: 0.0
stored:
  description: The unbroken ranges of segments in the repository; V(null) when it could not be read.
  type: list
  elements: dict
  returned: success
  sample:
    - first_segment: "000000010000000000000001"
      last_segment: "000000010000000000000003"
      count: 3
gaps:
  description:
    - The ranges of segments that are missing between stored ones of the same timeline. No recovery gets across one.
    - What retention has removed is not missing. V(null) when the repository could not be read.
  type: list
  elements: dict
  returned: success
  sample: []
damaged_files:
  description: Stored files that cannot be used, each with the reason; V(null) without O(check_files).
  type: list
  elements: dict
  returned: success
  sample: []
cluster:
  description: The cluster, as M(pgfleet.pitr.cluster_info) describes it; V(null) when it is not there.
  type: dict
  returned: success
  sample:
    version: 15
    data_directory: /var/lib/postgresql/15/main
    role: primary
"""

# Before all others, which it imports faster.
from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
from ..module_utils._ansible.archiving.wal_archive_info import wal_archive_info
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.spec import CLUSTER_OPTIONS, REPOSITORY_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        wal_archive_info,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster", "repository"]},
            "name": {"type": "str", "required": True},
            "check_files": {"type": "bool", "default": False},
            "queue_max_bytes": {"type": "int"},
        },
    )


if __name__ == "__main__":
    main()
