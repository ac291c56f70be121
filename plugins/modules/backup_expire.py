#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_expire
short_description: Remove the backups and the WAL of a cluster that no retention rule keeps
version_added: "0.1.0"
description:
  - Decides for each backup whether it is kept, and says why. A backup is kept if any rule keeps it.
  - The newest backup that can be restored is always kept. Retention never leaves an incremental backup without the
    backups that it depends on, and never removes a backup that is pinned or that a restore is reading.
  - B(What is removed cannot be brought back.) Check mode makes the same decisions, and the diff lists every step.
  - WAL is kept from the start of the kept window on. Backups before the window that only a calendar rule keeps can be
    restored to their own end; the WAL between them is removed. Timeline history files are always kept.
  - A backup that can't be restored does not count for any rule. As long as no backup can be restored, nothing is
    removed.
  - Needs no running server and no data directory; it works on a host that only keeps the repository, too.
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.attributes
  - pgfleet.pitr.cluster
  - pgfleet.pitr.repository
  - pgfleet.pitr.retention
options:
  name:
    required: true
  from_variables:
    choices: [cluster, repository]
  repository_names:
    description:
      - Which of O(repositories) to work on, by their names; unset means each that this host keeps or reaches in object
        storage. What another host keeps is that host's to expire.
      - Each is looked at by itself, with the rules that its item has over the options of this task. One that cannot be
        reached does not stop the others. Where it is required the task fails after these, else it warns.
    type: list
    elements: str
  wait_seconds:
    description:
      - How long to wait for a base backup or another retention run that is at work in the same repository. After that
        the task fails and names it.
      - With V(0) it gives up after a second.
    type: int
    default: 0
seealso:
  - module: pgfleet.pitr.base_backup
  - module: pgfleet.pitr.backup_info
"""

EXAMPLES = r"""
- name: Keep two full backups, every moment of two weeks, and a backup of each month for a year
  pgfleet.pitr.backup_expire:
    name: db1
    repository_path: /srv/pitr
    keep_full: 2
    keep_days: 14
    keep_monthly: 12
  register: retention

- name: Show what was decided, and why
  ansible.builtin.debug:
    msg: "{{ retention.text.splitlines() }}"
"""

RETURN = r"""
window:
  description:
    - The moment from which everything that is recoverable now stays recoverable, and the rule that reaches back
      farthest. Gaps in the WAL stay gaps.
    - The moment is never before the end of the first backup that can be restored, although the rule may ask for more.
    - V(null) when no backup can be restored; nothing is removed then.
  type: dict
  returned: success
  sample:
    since: "2026-11-15T15:15:04.871290Z"
    reason: keep_days 7
kept:
  description: The backups that are kept, oldest first, each with the rules that keep it and the reason in words.
  type: list
  elements: dict
  returned: success
  sample:
    - label: 20261122T151500Z-full
      type: full
      rules: [newest, full]
      reason: the newest backup that can be restored; one of the newest full backups (keep_full 2)
removed:
  description: The backups that are removed, or in check mode would be, each with the reason and the space freed.
  type: list
  elements: dict
  returned: success
  sample:
    - label: 20261101T151500Z-full
      type: full
      rules: []
      reason: it ended before the window, which begins 2026-11-15 15:15:04Z (keep_days 7), and no other rule keeps it
      freed_bytes: 96000000
wal_removed:
  description: The WAL that is removed, by timeline.
  type: list
  elements: dict
  returned: success
  sample:
    - timeline: 1
      ranges:
        - first_segment: "000000010000000000000002"
          last_segment: "00000001000000000000001F"
          count: 30
      file_count: 31
      freed_bytes: 104857600
leftovers_removed:
  description: What interrupted runs have left, as labels of backups or names below the cluster's folder.
  type: list
  elements: str
  returned: success
  sample: []
freed_bytes:
  description: How much space is freed in total, in bytes.
  type: int
  returned: success
  sample: 200857600
repositories:
  description:
    - With O(repositories), the same of each that was worked on, with its name in C(repository), whether it is
      C(required), and in C(failure) why it was left out (C(null) when it was not). The values above are those of the
      first that was not left out.
  type: list
  elements: dict
  returned: when O(repositories) is set
  sample:
    - repository: far
      required: false
      failure:
        code: repository-not-mounted
        message: the mount point '/mnt/far' is not mounted
        hint: Mount it.
text:
  description: The same as a table for reading.
  type: str
  returned: success
  sample: "db1: retains the recovery window since 2026-11-15 15:15:04Z (keep_days 7)\n"
"""

# Before all others, which it imports faster.
from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
from ..module_utils._ansible.backup_expire import backup_expire
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.spec import CLUSTER_OPTIONS, REPOSITORY_OPTIONS, RETENTION_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        backup_expire,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            **RETENTION_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster", "repository"]},
            "name": {"type": "str", "required": True},
            "repository_names": {"type": "list", "elements": "str"},
            "wait_seconds": {"type": "int", "default": 0},
        },
    )


if __name__ == "__main__":
    main()
