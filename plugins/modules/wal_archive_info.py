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
  - Shows C(pg_stat_archiver), how many finished WAL files are waiting and for how long, how far the repository lags
    behind, and which segments the repository has and lacks.
  - C(failed_count) alone does not show every failure, because PostgreSQL does not count an C(archive_command) that is
    ended by a signal or exits with a code above 125. Watch RV(archiver.ready_count) and
    RV(archiver.oldest_ready_seconds), too.
  - Works while the server is down; what only the server knows is V(null) then. If the data directory is gone, it shows
    what the repository has.
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
      description: The file that the archiver is failing on; V(null) when it is not failing, or the server is down.
      type: str
    server_error:
      description: Why the server could not be asked, so that the two values above are not known; V(null) if it was.
      type: str
    held_wal:
      description:
        - What stands still and holds back WAL, such as a replication slot that nobody uses or a WAL summarizer that is
          stuck, in sentences with the remedy.
      type: list
      elements: str
  sample:
    ready_count: 0
    oldest_ready_seconds: 0.0
    last_archived: "000000010000000000000003"
    failing_on: null
    server_error: null
    held_wal: []
text:
  description: The archiver's state as a line for reading.
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
  description: The unbroken ranges of segments in the repository.
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
    - What retention has removed is not missing.
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
        },
    )


if __name__ == "__main__":
    main()
