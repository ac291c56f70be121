#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_point
short_description: Name a moment in the WAL of a PostgreSQL cluster, and wait until it is archived
version_added: 0.1.0
description:
  - Creates a named restore point (C(pg_create_restore_point)), switches to the next WAL segment, and waits until the
    segment with the restore point is in the repository. From then on a recovery can stop there, whatever happens to
    the host.
  - This cannot be idempotent. Each run creates another restore point and returns C(changed=true). B(PostgreSQL lets a
    name be used twice, and a recovery stops at the first one that it reaches), so use a new name each time.
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.attributes
  - pgfleet.pitr.cluster
  - pgfleet.pitr.repository
attributes:
  diff_mode:
    support: none
    details:
      - A restore point is a record in the WAL; there is no text to compare.
options:
  name:
    required: true
  from_variables:
    choices: [cluster, repository]
  restore_point_name:
    description:
      - The restore point's name, 1 to 63 bytes.
    type: str
    required: true
  timeout_seconds:
    description:
      - How many seconds to wait for the segment to arrive. The restore point exists even if that is not enough.
      - With 0 nothing is waited for; O(written_lsn) does so later.
    type: int
    default: 60
  at:
    description:
      - The moment at which to write it, by the host's clock, such as V(2026-09-15T12:30:00.000000Z), at most ten
        minutes ahead. The session is ready and waits. When unset, it is written at once.
    type: str
  late_limit_ms:
    description:
      - With O(at), the restore point is not written when the session is ready later than so many milliseconds after the
        moment; the task fails then.
    type: int
    default: 1000
  unused:
    description:
      - Refuse a name that the cluster's WAL, archived or not, has already. What can't be looked at within half a minute
        is told in a warning. Segments that no backup has been taken since are read once more.
    type: bool
    default: false
  leave_standby:
    description:
      - Leave a standby alone instead of refusing it; RV(passed_over) says so.
    type: bool
    default: false
  written_lsn:
    description:
      - Write nothing, and wait until the restore point is archived that an earlier task has written, by its RV(lsn).
    type: str
  measure_clock:
    description:
      - Measure how far the host's clock is from the controller's, and return it as RV(clock).
    type: bool
    default: false
seealso:
  - module: pgfleet.pitr.wal_archive
"""

EXAMPLES = r"""
- name: Name the moment before the release
  pgfleet.pitr.restore_point:
    name: db1
    repository_path: /srv/pitr
    restore_point_name: before_release_7

- name: See whether the name is free, and change nothing
  pgfleet.pitr.restore_point:
    name: db1
    repository_path: /srv/pitr
    restore_point_name: before_release_7
    unused: true
  check_mode: true
"""

RETURN = r"""
restore_point_name:
  description: The name.
  type: str
  returned: success
  sample: before_release_7
lsn:
  description: The WAL position after the restore point's record; V(null) in check mode.
  type: str
  returned: success
  sample: 0/3000090
time:
  description: When it was created, by the server's clock, ISO 8601 in UTC; V(null) in check mode.
  type: str
  returned: success
  sample: "2026-09-15T12:30:00.000000Z"
segment:
  description: The WAL segment that holds it; V(null) in check mode.
  type: str
  returned: success
  sample: "000000010000000000000003"
timeline:
  description: The timeline it lies on; V(null) in check mode.
  type: int
  returned: success
  sample: 1
passed_over:
  description: Whether this is a standby, of which nothing was done.
  type: bool
  returned: success
  sample: false
searched_seconds:
  description: How long it took to look for the name (O(unused)).
  type: float
  returned: success
  sample: 0.4
clock:
  description: >-
    With O(measure_clock), by how many milliseconds the host's clock is ahead of the controller's, at least and at most
    (V(null) where the host has no C(date) that tells fractions of a second), when the task began by the controller's
    clock, in seconds since 1970, and how many seconds the module took.
  type: dict
  returned: success
  sample:
    least_ms: -3.1
    most_ms: 12.4
    began: 1789475400.25
    seconds: 1.9
cluster:
  description: The cluster, as M(pgfleet.pitr.cluster_info) describes it.
  type: dict
  returned: success
  sample:
    version: 15
    data_directory: /var/lib/postgresql/15/main
    role: primary
"""

# Before all others, which it imports faster.
from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.restore_point import restore_point
from ..module_utils._ansible.spec import CLUSTER_OPTIONS, REPOSITORY_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        restore_point,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster", "repository"]},
            "name": {"type": "str", "required": True},
            "restore_point_name": {"type": "str", "required": True},
            "timeout_seconds": {"type": "int", "default": 60},
            "at": {"type": "str"},
            "late_limit_ms": {"type": "int", "default": 1000},
            "unused": {"type": "bool", "default": False},
            "leave_standby": {"type": "bool", "default": False},
            "written_lsn": {"type": "str"},
            # By the action plugin.
            "measure_clock": {"type": "bool", "default": False},
        },
    )


if __name__ == "__main__":
    main()
