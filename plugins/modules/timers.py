#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: timers
short_description: Schedule taking, verifying and expiring the backups of a cluster with systemd
version_added: "0.1.0"
description:
  - Writes a systemd service and timer for each job of a cluster, enables and starts the timers, and removes those that
    are not wanted. The services run the installed C(pgpitr) program as the cluster's operating system user, so backups
    do not depend on the controller.
  - The units are C(pgpitr-JOB-CLUSTER.service) and C(pgpitr-JOB-CLUSTER.timer) in C(/etc/systemd/system).
    A job that is still running is not started again; the repository's locks keep apart jobs that exclude each other.
  - On a cluster that is a standby when a job is due, the job does nothing and leaves it to the primary, unless
    O(allow_standby) is set.
  - B(A job that fails raises no alarm by itself.) C(systemctl --failed) and the journal show jobs that failed,
    and the playbook C(report) names clusters whose newest backup is too old.
  - Needs root, and the program and its configuration that M(pgfleet.pitr.agent) installs.
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.agent
  - pgfleet.pitr.attributes
  - pgfleet.pitr.cluster
  - pgfleet.pitr.repository
  - pgfleet.pitr.retention
options:
  name:
    required: true
  state:
    description:
      - With V(present), there is a timer for each job that has a calendar expression, and no other one.
      - With V(absent), the cluster has no timers. A job that is running is not stopped.
    type: str
    choices:
      - present
      - absent
    default: present
  timer_full:
    description:
      - When a full backup is taken, as a calendar expression of systemd (systemd.time(7)), in the host's time zone
        unless it names one. V(none) or empty means no such timer.
      - It is checked with C(systemd-analyze), if the host has it, before anything is changed.
    type: str
    default: Sun *-*-* 01:00:00 UTC
  timer_incremental:
    description:
      - The same for an incremental backup. A full one is taken instead if an incremental one is not possible, as before
        PostgreSQL 17, or if O(full_every_days), O(max_incrementals) or O(max_chain_percent) calls for one.
    type: str
    default: Mon..Sat *-*-* 01:00:00 UTC
  timer_verify:
    description:
      - The same for reading and verifying the repository.
    type: str
    default: Sat *-*-* 07:00:00 UTC
  timer_expire:
    description:
      - The same for removing what no retention rule keeps.
    type: str
    default: "*-*-* 05:00:00 UTC"
  timer_copy:
    description:
      - The same for bringing to each further repository what it lacks of the first one's WAL and backups. There is no
        such timer where O(repositories) has fewer than two items.
    type: str
    default: "*-*-* *:30:00 UTC"
  timer_random_delay_seconds:
    description:
      - Each timer is delayed by a random time of up to this many seconds, different for each host and job, so that a
        fleet does not do everything at once. V(0) means no delay.
    type: int
    default: 1800
  full_every_days:
    description:
      - Days after which the incremental timer takes a full backup. V(0) means no such limit.
    type: int
    default: 7
  max_incrementals:
    description:
      - Number of incremental backups after which the incremental timer takes a full one. V(0) means no such limit.
    type: int
    default: 14
  max_chain_percent:
    description:
      - Percentage of the full backup's stored size; once the incremental ones since then add up to it, the incremental
        timer takes a full one. V(0) means no such limit.
    type: int
    default: 50
  accepted_faults:
    description:
      - Names of faults of PostgreSQL with which the incremental timer extends a chain although B(it may restore wrong
        data); see M(pgfleet.pitr.base_backup).
    type: list
    elements: str
    default: []
  compression:
    description:
      - How backups are compressed; V(auto) is the first of V(zstd), V(lz4) and V(gzip) that both the server and this
        host support.
    type: str
    choices:
      - auto
      - zstd
      - lz4
      - gzip
      - none
    default: auto
  allow_standby:
    description:
      - Whether the jobs run on a standby, too. Set this on only one host of a cluster, or each of them does all the
        work.
    type: bool
    default: false
  standby_wait_seconds:
    description:
      - How many seconds a backup from a standby waits for its primary to archive the WAL that it needs.
    type: int
    default: 300
  spool_max_bytes:
    description:
      - The most that the archives of a backup take on this host until they are sent or encrypted, in bytes, at least
        8388608 (8 MiB).
    type: int
    default: 268435456
  expire_wait_seconds:
    description:
      - How many seconds retention waits for a backup that is being taken before it gives up and the job fails.
    type: int
    default: 60
  verify_backup:
    description:
      - What is verified, V(all), V(newest), which is the newest backup with all that it depends on, or the label of a
        backup.
    type: str
    default: all
  verify_sample_percent:
    description:
      - Percentage of the content that one run reads besides what is new or was found damaged, beginning with what was
        read longest ago.
    type: int
    default: 100
  verify_max_age_seconds:
    description:
      - What was found intact within this many seconds is not read again. V(0) means that everything is.
    type: int
    default: 0
  verify_resume:
    description:
      - Whether a run continues where an interrupted one stopped.
    type: bool
    default: false
  verify_max_rate_kib:
    description:
      - The highest rate at which the repository is read, in KiB per second. No limit when unset.
    type: int
  verify_jobs:
    description:
      - Number of reading processes. When unset, one for each processor, but at most four.
    type: int
seealso:
  - module: pgfleet.pitr.base_backup
  - module: pgfleet.pitr.backup_verify
  - module: pgfleet.pitr.backup_expire
"""

EXAMPLES = r"""
- name: Take, verify and expire backups at the default times
  pgfleet.pitr.timers:
    name: db1
    repository_path: /srv/pitr
    keep_days: 14
  become: true

- name: A full backup every night, and no verification on this host
  pgfleet.pitr.timers:
    name: db1
    repository_path: /srv/pitr
    timer_full: "*-*-* 22:30:00 Europe/Berlin"
    timer_incremental: none
    timer_verify: none
  become: true

- name: Remove the cluster's timers
  pgfleet.pitr.timers:
    name: db1
    repository_path: /srv/pitr
    state: absent
  become: true
"""

RETURN = r"""
timers:
  description: The timers that exist now, or in check mode would exist, each with the command that it runs.
  returned: success
  type: list
  elements: dict
  sample:
    - job: full
      unit: pgpitr-full-db1.timer
      calendar: Sun *-*-* 01:00:00 UTC
      command: [/usr/local/bin/pgpitr, backup, --cluster, db1, --type, full]
steps:
  description: What was done, or in check mode would be done, in order.
  returned: success
  type: list
  elements: str
  sample:
    - write /etc/systemd/system/pgpitr-full-db1.service (620 bytes, mode 0644)
    - write /etc/systemd/system/pgpitr-full-db1.timer (310 bytes, mode 0644)
    - systemctl daemon-reload
    - systemctl enable --now pgpitr-full-db1.timer
"""

# Before all others, which it imports faster.
from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.installation.timers import ensure_timers
from ..module_utils._ansible.spec import AGENT_OPTIONS, CLUSTER_OPTIONS, REPOSITORY_OPTIONS, RETENTION_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        ensure_timers,
        is_administration=True,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            **AGENT_OPTIONS,
            **RETENTION_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster", "repository", "agent"]},
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "timer_full": {"type": "str", "default": "Sun *-*-* 01:00:00 UTC"},
            "timer_incremental": {"type": "str", "default": "Mon..Sat *-*-* 01:00:00 UTC"},
            "timer_verify": {"type": "str", "default": "Sat *-*-* 07:00:00 UTC"},
            "timer_expire": {"type": "str", "default": "*-*-* 05:00:00 UTC"},
            "timer_copy": {"type": "str", "default": "*-*-* *:30:00 UTC"},
            "timer_random_delay_seconds": {"type": "int", "default": 1800},
            "full_every_days": {"type": "int", "default": 7},
            "max_incrementals": {"type": "int", "default": 14},
            "max_chain_percent": {"type": "int", "default": 50},
            "accepted_faults": {"type": "list", "elements": "str", "default": []},
            "compression": {"type": "str", "choices": ["auto", "zstd", "lz4", "gzip", "none"], "default": "auto"},
            "allow_standby": {"type": "bool", "default": False},
            "standby_wait_seconds": {"type": "int", "default": 300},
            "spool_max_bytes": {"type": "int", "default": 268435456},
            "expire_wait_seconds": {"type": "int", "default": 60},
            "verify_backup": {"type": "str", "default": "all"},
            "verify_sample_percent": {"type": "int", "default": 100},
            "verify_max_age_seconds": {"type": "int", "default": 0},
            "verify_resume": {"type": "bool", "default": False},
            "verify_max_rate_kib": {"type": "int"},
            "verify_jobs": {"type": "int"},
        },
    )


if __name__ == "__main__":
    main()
