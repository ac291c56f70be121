#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wal_archive
short_description: Archive the WAL of a PostgreSQL cluster, and prove that it arrives
version_added: "0.1.0"
description:
  - Sets C(archive_mode), C(archive_command), C(archive_timeout), C(wal_level), C(max_wal_senders) and, from
    PostgreSQL 17 on, C(summarize_wal) and C(wal_summary_keep_time), in the file and line that is currently effective
    for each. A setting that is in no file is appended to the main configuration file.
  - Registers the cluster and this host in the repository as a writer.
  - Stores the history files of the current timeline and of older ones that the repository lacks and C(pg_wal) has.
    PostgreSQL archives one only when its timeline begins, and without it nothing on that timeline can be restored.
  - Reloads the server, or restarts it if a setting requires that and O(allow_restart) permits it. If the server does
    not accept the settings, the files are put back.
  - Then proves that archiving works. It writes a WAL record, switches to the next segment, and waits until that very
    segment is in the repository. If nothing changed, the last archived file is in the repository, nothing has failed
    since and nothing has waited for long, no new proof is made.
  - A proof is not a change; RV(ignore:changed) says whether settings, registration or the server's state were changed.
  - On a standby the settings are made, and the host is registered so that it may archive after a promotion. Only a
    primary can give the proof.
  - Settings that exceed what is asked for are left alone, such as C(archive_mode=always), C(wal_level=logical), more
    WAL senders or WAL summaries that are kept longer.
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
  archive_timeout_seconds:
    description:
      - After how many seconds a segment that is not full is archived anyway (C(archive_timeout)).
      - It limits how much is lost with a host; with V(0) a segment is archived only when it is full.
    type: int
    default: 60
  wal_level:
    description:
      - How much information the WAL has; V(replica) is enough for archiving. A cluster that has V(logical) keeps it.
    type: str
    choices: [replica, logical]
    default: replica
  max_wal_senders:
    description:
      - How many WAL senders there must be at least; a base backup takes one or two. A higher number is left alone.
    type: int
    default: 2
  summarize_wal:
    description:
      - Whether the server summarizes its WAL, which incremental backups need. Exists from PostgreSQL 17 on and is
        ignored by older versions.
      - V(false) leaves it as it is.
    type: bool
    default: true
  wal_summary_keep_days:
    description:
      - For how many days the server keeps its WAL summaries at least (C(wal_summary_keep_time)). V(0) means forever. If
        the parent would be older than that, a full backup is taken.
      - Exists from PostgreSQL 17 on, and is left as it is when O(summarize_wal=false).
    type: int
    default: 10
  allow_restart:
    description:
      - Whether PostgreSQL may be restarted if a setting requires it. B(A restart ends every session.) A reload is
        enough for most changes to a cluster that already archives, and then nothing is restarted.
    type: bool
    default: false
  restart_required:
    description:
      - What to do if a restart is needed and O(allow_restart) is not set.
      - With V(fail) the module fails with code V(restart-required) and changes nothing.
      - With V(report) it writes the settings, reloads, and returns RV(restart_required=true); archiving begins at the
        next start.
    type: str
    choices: [fail, report]
    default: fail
  replace_archive_command:
    description:
      - Whether the C(archive_command) of another tool, or one that archives this cluster under another name, may be
        replaced. B(The other archive ends there.)
      - Otherwise such a cluster is refused with code V(archive-command-foreign) or V(cluster-name-differs).
    type: bool
    default: false
  proof_timeout_seconds:
    description:
      - How many seconds to wait for the segment that proves archiving.
    type: int
    default: 60
seealso:
  - module: pgfleet.pitr.wal_archive_info
  - module: pgfleet.pitr.agent
"""

EXAMPLES = r"""
- name: Archive the WAL of the host's cluster, with a restart if needed
  pgfleet.pitr.wal_archive:
    name: db1
    repository_path: /srv/pitr
    allow_restart: true

- name: Write the settings now and restart at night
  pgfleet.pitr.wal_archive:
    name: db1
    repository_path: /srv/pitr
    restart_required: report
  register: archiving
"""

RETURN = r"""
restart_required:
  description: Whether settings are waiting for a restart of PostgreSQL.
  type: bool
  returned: success
  sample: false
restarted:
  description: Whether PostgreSQL was restarted.
  type: bool
  returned: success
  sample: true
settings:
  description: The settings that were changed in files, or in check mode would be.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: The setting.
      type: str
    before:
      description: The value in force before, in the form of C(pg_settings).
      type: str
    after:
      description: The new value.
      type: str
    file:
      description: The file that it is in.
      type: str
    context:
      description: V(postmaster) for a setting that needs a restart, V(sighup) for one that needs a reload.
      type: str
  sample:
    - name: archive_mode
      before: "off"
      after: "on"
      file: /etc/postgresql/15/main/postgresql.conf
      context: postmaster
proof:
  description: What is now known about archiving.
  type: dict
  returned: success
  contains:
    proven:
      description: Whether a segment is known to have arrived in the repository with these settings.
      type: bool
    reason:
      description:
        - Why there was no new proof. V(already) if an earlier one still holds, V(standby), V(restart) if archiving
          waits for a restart, V(check mode); empty if there was one.
      type: str
    segment:
      description: The segment that arrived.
      type: str
    seconds:
      description: How long it took to arrive.
      type: float
  sample:
    proven: true
    reason: ""
    segment: "000000010000000000000003"
    seconds: 0.31
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
from ..module_utils._ansible.archiving.wal_archive import wal_archive
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.spec import AGENT_OPTIONS, CLUSTER_OPTIONS, REPOSITORY_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        wal_archive,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            **AGENT_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster", "repository", "agent"]},
            "name": {"type": "str", "required": True},
            "archive_timeout_seconds": {"type": "int", "default": 60},
            "wal_level": {"type": "str", "choices": ["replica", "logical"], "default": "replica"},
            "max_wal_senders": {"type": "int", "default": 2},
            "summarize_wal": {"type": "bool", "default": True},
            "wal_summary_keep_days": {"type": "int", "default": 10},
            "allow_restart": {"type": "bool", "default": False},
            "restart_required": {"type": "str", "choices": ["fail", "report"], "default": "fail"},
            "replace_archive_command": {"type": "bool", "default": False},
            "proof_timeout_seconds": {"type": "int", "default": 60},
        },
    )


if __name__ == "__main__":
    main()
