#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: restore
short_description: Plan and stage the point-in-time recovery of a PostgreSQL cluster, and roll it back
version_added: "0.1.0"
description:
  - Plans a recovery from the repository and the cluster as they are, and refuses one that could not succeed.
  - Then extracts and checks the backup beside the data directory, stages the recovery settings, stops the server, and
    swaps the directories. The old ones are kept for O(state=rolled_back). M(pgfleet.pitr.recovery) does the rest.
  - With O(restore_data_directory) the restored server is a copy beside the cluster, on a port of its own; the cluster
    is left alone and nothing needs to be confirmed. The copy acts on nobody - archiving, the workers of subscriptions,
    synchronous standbys and libraries that act by themselves are off, unless O(settings) turn them on.
  - The configuration files of the cluster stay as they are today, whether they lie in the data directory or outside.
  - A cluster whose data directory is missing or empty can still be restored in place, if the program's configuration in
    O(config_directory) names that directory and the repository has a full backup of it. Only archived WAL is recovered
    then, and configuration files that were in the data directory come from the backup.
  - A restore in place to the target of the last one changes nothing, unless that one was rolled back; see O(again).
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.attributes
  - pgfleet.pitr.cluster
  - pgfleet.pitr.repository
  - pgfleet.pitr.agent
  - pgfleet.pitr.job
  - pgfleet.pitr.target
  - pgfleet.pitr.confirmation
  - pgfleet.pitr.elsewhere
  - pgfleet.pitr.undoing
  - pgfleet.pitr.age_identity
options:
  name:
    required: true
  state:
    description:
      - With V(planned) the plan is returned and nothing is changed, in check mode or not.
      - With V(present) the plan is carried out up to the start of the recovery. B(In place this replaces the cluster's
        data); what was committed after the target is then only in the old directory, which is kept.
      - With V(rolled_back) the old directory is put back, and its server is started if it ran before, on a new timeline
        if the restored one had begun one. Doing so again changes nothing.
    type: str
    choices: [planned, present, rolled_back]
    default: present
  backup:
    description:
      - The label of the backup to restore from.
      - When unset, the newest one that ends before the target.
    type: str
  restore_data_directory:
    description: Restores side by side, into this directory, which must be empty or not there.
    type: path
  restore_port:
    description: The port of the copy in O(restore_data_directory).
    type: int
  tablespace_roots:
    description:
      - For a restore in place, the directories below which the backup's tablespaces may lie. A backup with a location
        outside of all of them is refused.
      - When empty, a location is accepted where the cluster has a tablespace today, and where nothing lies, or nothing
        but the files of the lost cluster that is restored.
      - Directories of the system, data directories, and what another running server uses are never accepted.
    type: list
    elements: path
    default: []
  received_directory:
    description:
      - A directory with WAL that C(pg_receivewal) has streamed from the cluster. What the repository and the cluster's
        own C(pg_wal) lack is taken from there, up to the last record in the segment that was being received.
      - Whole segments are stored in the repository first. A directory without any WAL of the cluster is refused.
    type: path
  settings:
    description:
      - Settings of the restored server, over those that backup and host have, by name. They stay when the
        recovery is over. In place they are written to C(postgresql.auto.conf).
      - What PostgreSQL does not take, and what is the restore's own (port, files, recovery target), is refused before
        anything is changed.
      - A copy on a smaller host gets less memory by C(shared_buffers).
        B(What is off in a copy may be turned on here), for example C(shared_preload_libraries) with C(pg_cron).
    type: dict
    default: {}
  again:
    description:
      - Whether to restore once more to the target of the last restore.
    type: bool
    default: false
  timeout_seconds:
    description:
      - How long extracting one archive, or checking the whole backup, may take, in seconds.
    type: int
    default: 86400
  stop_timeout_seconds:
    description:
      - How long the server may take to stop, in seconds; it archives what it has before it ends.
    type: int
    default: 600
seealso:
  - module: pgfleet.pitr.recovery
  - module: pgfleet.pitr.backup_info
"""

EXAMPLES = r"""
- name: Show what a restore to a moment would do
  pgfleet.pitr.restore:
    name: db1
    repository_path: /srv/pitr
    state: planned
    target_time: "2026-09-15T14:30:00+02:00"
  register: plan

- name: Go back to that moment
  pgfleet.pitr.restore:
    name: db1
    repository_path: /srv/pitr
    target_time: "2026-09-15T14:30:00+02:00"
    confirm: "db1@2026-09-15T14:30:00+02:00"

- name: Make a copy as of a restore point beside the cluster
  pgfleet.pitr.restore:
    name: db1
    repository_path: /srv/pitr
    target_name: before_migration
    restore_data_directory: /var/lib/postgresql/copy
    restore_port: 5499
    settings:
      shared_buffers: 64MB

- name: Let this host become the successor of a cluster whose host is lost
  pgfleet.pitr.restore:
    name: db1
    source: db1
    repository_path: /srv/pitr
    data_directory: /var/lib/postgresql/15/main
    target_latest: true
    confirm: db1@latest
    tablespaces:
      /mnt/fast: /srv/fast

- name: Bring the cluster back as it was before the last restore
  pgfleet.pitr.restore:
    name: db1
    repository_path: /srv/pitr
    state: rolled_back
    confirm: db1@rollback
"""

RETURN = r"""
plan:
  description:
    - The plan. Among its keys are C(backup), C(timeline), C(stop_lsn), C(last_replayed), C(first_not_replayed),
      C(first_segment), C(last_segment), C(segments), C(segments_not_archived), C(disks), C(loss), C(silenced) (what is
      off in a copy, with its value), C(settings) (the names in O(settings)) and C(notes).
  type: dict
  returned: when O(state) is V(planned) or V(present)
  sample:
    backup: 20260915T010000Z-full
    timeline: 1
    stop_lsn: 0/5001A28
    loss:
      commits: 3
      complete: true
plan_lines:
  description: The plan as lines for reading.
  type: list
  elements: str
  returned: success
  sample: ["target        time 2026-09-15T14:30:00+02:00, inclusive"]
plan_text:
  description: The same as one text.
  type: str
  returned: when O(state) is V(planned) or V(present)
  sample: "target        time 2026-09-15T14:30:00+02:00, inclusive"
confirmation:
  description: What O(confirm) has to be for this restore or rollback; V(null) where none is needed, as side by side.
  type: str
  returned: success
  sample: "db1@2026-09-15T14:30:00+02:00"
already:
  description: Whether the last restore was to this target already, so that nothing is restored.
  type: bool
  returned: when O(state) is V(planned) or V(present)
  sample: false
configuration_directory:
  description:
    - For a successor, where its configuration files are put outside the data directory, as Debian's tools have them;
      V(null) where they lie inside.
  type: str
  returned: when this host has never seen the cluster
  sample: /etc/postgresql/15/main
hostname:
  description: The name of this host, as C(uname -n) prints it.
  type: str
  returned: when O(state) is V(planned) or V(present)
  sample: db1.example.com
system_identifier:
  description: The system identifier of the cluster that is restored.
  type: str
  returned: when O(state) is V(planned) or V(present)
  sample: "7428512036983214567"
restore:
  description: The restore that is rolled back, as C(target) and C(started); V(null) where there is none.
  type: dict
  returned: when O(state) is V(rolled_back)
  sample:
    target: "2026-09-15T14:30:00+02:00"
    started: "2026-09-15T12:40:11.000000Z"
data_directory:
  description: The data directory of the restored server.
  type: str
  returned: success
  sample: /var/lib/postgresql/15/main
port:
  description: The port of the restored server.
  type: int
  returned: when O(state) is V(planned) or V(present)
  sample: 5432
journal:
  description: The file that records how to finish the restore or roll it back.
  type: str
  returned: when O(state) is V(planned) or V(present)
  sample: /var/lib/postgresql/15/main.pitr-journal.json
undone_directory:
  description: Where the restored data is kept after a rollback, until the next restore.
  type: str
  returned: when O(state) is V(rolled_back)
  sample: /var/lib/postgresql/15/main.pitr-undone
new_timeline:
  description:
    - The timeline on which the rollback has opened the old cluster, above every one in the archive.
    - V(null) where no other one was begun since, in check mode, and where it could not be done, of which a warning
      tells.
  type: int
  returned: when O(state) is V(rolled_back)
  sample: 3
running:
  description: Whether the old server, which was brought back, is running.
  type: bool
  returned: when O(state) is V(rolled_back)
  sample: true
"""

# Before all others, which it imports faster.
from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.job_options import RECOVERY_OPTIONS
from ..module_utils._ansible.restore import RESTORE_JOB, restore
from ..module_utils._ansible.spec import (
    AGE_IDENTITY_OPTIONS,
    AGENT_OPTIONS,
    CLUSTER_OPTIONS,
    CONFIRMATION_OPTIONS,
    ELSEWHERE_OPTIONS,
    REPOSITORY_OPTIONS,
    TARGET_OPTIONS,
)


def main() -> None:
    """Run the module."""
    run(
        restore,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            **AGENT_OPTIONS,
            **TARGET_OPTIONS,
            **CONFIRMATION_OPTIONS,
            **ELSEWHERE_OPTIONS,
            **AGE_IDENTITY_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster", "repository", "agent"]},
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["planned", "present", "rolled_back"], "default": "present"},
            "backup": {"type": "str"},
            "restore_data_directory": {"type": "path"},
            "restore_port": {"type": "int"},
            "tablespace_roots": {"type": "list", "elements": "path", "default": []},
            "received_directory": {"type": "path"},
            "settings": {"type": "dict", "default": {}},
            "again": {"type": "bool", "default": False},
            "undo_on_failure": {"type": "bool", "default": True},
            "unfinished_only": {"type": "bool", "default": False},
            "unpromoted_only": {"type": "bool", "default": False},
            "timeout_seconds": {"type": "int", "default": 86400},
            "stop_timeout_seconds": {"type": "int", "default": 600},
            "recovery": {"type": "dict", "options": dict(RECOVERY_OPTIONS)},
        },
        job=RESTORE_JOB,
        mutually_exclusive=[("age_identity", "age_identity_file")],
    )


if __name__ == "__main__":
    main()
