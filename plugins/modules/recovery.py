#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: recovery
short_description: Run a staged recovery of a PostgreSQL cluster to its end, and prove where it ended
version_added: "0.1.0"
description:
  - Starts the server that M(pgfleet.pitr.restore) has staged, and follows its recovery.
  - Proves from the server's own functions and C(pg_control) that the planned point was reached, runs the O(checks), and
    only then opens the server. Where C(hot_standby) is off, or the target is the end of the WAL, the server opens by
    itself, and the proof follows.
  - After the promotion the recovery settings are removed, and the history of the new timeline is in the repository.
  - Any failure rolls the restore back at once, unless O(undo_on_failure) says otherwise.
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.attributes
  - pgfleet.pitr.cluster
  - pgfleet.pitr.repository
  - pgfleet.pitr.job.ending
options:
  name:
    required: true
  from_variables:
    choices: [cluster, repository]
  state:
    description:
      - With V(finished) the recovery does at its target what O(ignore:target_action) of the restore says.
      - With V(promoted) it ends open, with V(paused) paused at the target and open for reading, with V(stopped) stopped
        there. A recovery that is paused or stopped can be V(promoted) later.
      - With V(reported) nothing is changed.
    type: str
    choices: [finished, promoted, paused, stopped, reported]
    default: finished
  restore_data_directory:
    description:
      - The directory of the copy, if the restore was side by side.
    type: path
  restore_port:
    description:
      - The port of the copy, which is known from the restore; accepted here for symmetry.
    type: int
  follow_seconds:
    description:
      - For how many seconds a recovery is waited for that a job on the host is at already. If it is not over by then,
        the task ends with RV(running) and RV(progress), and is to be run again.
      - Unset, the task asks every few seconds by itself, shows how far the recovery is, and ends with it.
    type: int
  undo_on_failure:
    description:
      - Whether a failure rolls the restore back at once.
      - Without it everything is left as it is at the failure, and the recovery can be tried again.
    type: bool
    default: true
seealso:
  - module: pgfleet.pitr.restore
"""

EXAMPLES = r"""
- name: Recover, and promote only if the rows are there
  pgfleet.pitr.recovery:
    name: db1
    repository_path: /srv/pitr
    checks:
      - sql: SELECT count(*) > 0 FROM orders
        expect: t
        database: shop

- name: Open a server that was left paused at its target
  pgfleet.pitr.recovery:
    name: db1
    repository_path: /srv/pitr
    state: promoted
"""

RETURN = r"""
state:
  description: V(promoted), V(paused) or V(stopped); V(swapped) for a recovery that has not been run.
  type: str
  returned: success
  sample: promoted
reached:
  description: Where the recovery ended; V(null) before it was run.
  type: dict
  returned: success
  contains:
    lsn:
      description: The end of the last record that was replayed.
      type: str
    time:
      description: The time of the last transaction that was replayed, ISO 8601 in UTC.
      type: str
    timeline:
      description: The timeline that the WAL was read from.
      type: int
  sample:
    lsn: 0/5001A00
    time: "2026-09-15T12:29:58.112000Z"
    timeline: 1
new_timeline:
  description: The timeline that the server writes on since its promotion.
  type: int
  returned: success
  sample: 2
plan:
  description: The plan of the restore.
  type: dict
  returned: success
  sample:
    backup: 20260915T010000Z-full
checks:
  description:
    - The checks with the result of each, and the C(role) that it ran as.
    - C(waiting) is V(true) for a check that waits for a lock of a transaction that has not ended at the target; it is
      run once the server is promoted.
  type: list
  elements: dict
  returned: success
  sample:
    - sql: SELECT count(*) > 0 FROM orders
      expect: t
      got: t
      role: shop_owner
      waiting: false
login_user:
  description:
    - The superuser of the target's time that the server was asked as, because our usual role did not exist then, or was
      no superuser; V(null) where it was and did.
  type: str
  returned: success
  sample: null
data_directory:
  description: The data directory of the restored server.
  type: str
  returned: success
  sample: /var/lib/postgresql/15/main
port:
  description: The port of the restored server.
  type: int
  returned: success
  sample: 5432
seconds:
  description: How long this run took, in seconds.
  type: float
  returned: success
  sample: 4.2
running:
  description: That the job is still at work; there is nothing else then but RV(progress).
  type: bool
  returned: when O(follow_seconds) have passed
  sample: true
progress:
  description: How far the job is, for people.
  type: str
  returned: when O(follow_seconds) have passed
  sample: "recovering: 0/5001A00 2026-09-15T12:29:58.112000Z, to time 2026-09-15T14:30:00+02:00, inclusive"
messages:
  description: The same as lines for reading.
  type: list
  elements: str
  returned: success
  sample: ["reached       0/5001A00 on timeline 1, last transaction of 2026-09-15T12:29:58.112000Z"]
"""

# Before all others, which it imports faster.
from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.job_options import RECOVERY_OPTIONS
from ..module_utils._ansible.recovery import RECOVERY_JOB, recovery
from ..module_utils._ansible.spec import CLUSTER_OPTIONS, REPOSITORY_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        recovery,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster", "repository"]},
            "name": {"type": "str", "required": True},
            "state": {
                "type": "str",
                "choices": ["finished", "promoted", "paused", "stopped", "reported"],
                "default": "finished",
            },
            "restore_data_directory": {"type": "path"},
            "restore_port": {"type": "int"},
            **RECOVERY_OPTIONS,
            "follow_seconds": {"type": "int"},
            "undo_on_failure": {"type": "bool", "default": True},
        },
        job=RECOVERY_JOB,
    )


if __name__ == "__main__":
    main()
