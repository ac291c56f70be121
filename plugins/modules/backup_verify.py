#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_verify
short_description: Prove that the backups and the WAL of a repository are whole
version_added: "0.1.0"
description:
  - Reads every archive of every backup and compares each file with the backup's manifest, checks the manifest's own
    checksum, and compares the record of the backup with what lies there. Each link of a chain of incremental backups
    is read.
  - Reads every WAL segment that a backup or a window of recovery needs. It must be there, be what was stored, have the
    right size, belong to this cluster and to this place in the WAL, and C(pg_waldump) must be able to read all its
    records.
  - Fails with code C(verification-failed) when something is wrong; C(findings) names each thing, and what it costs.
  - Needs no running server and no data directory; it works on a host that only keeps the repository, too.
  - Runs beside archiving, backups and retention. Nothing is written but a note of what was read when, C(verify.json) in
    the cluster's folder. That is no change, so C(changed) is always V(false).
  - In check mode it compares names, sizes and records only, and says how much a run would read.
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
  bin_directory:
    description:
      - Where PostgreSQL's programs of the cluster's major version lie; C(pg_waldump) reads the WAL's records.
      - Discovered when unset. Without such programs on the host everything else is verified, and C(unparsed_segments)
        counts the segments whose records were not read.
  backup:
    description:
      - V(all) verifies every backup with all the WAL that any window needs.
      - V(newest) verifies the newest backup with everything that it builds on, and the WAL from its start on. It fails
        when there is a newer one whose record can't be read.
      - The label of a backup does the same for that one.
    type: str
    default: all
  sample_percent:
    description:
      - How much of the content is read in this run, in percent, beside what has come since the last run and what was
        found damaged. What no run has read comes first, then what was not read for longest, so that all of it is read
        in the course of some runs; C(never_verified) says how much is left.
      - Archives are read whole, so the share may be greater. Names, sizes and records are always compared.
    type: int
    default: 100
  max_age_seconds:
    description:
      - What was found whole within so many seconds is not read again, 1073741824 at most. V(0) reads everything again.
    type: int
    default: 0
  resume:
    description:
      - Whether to go on where the last run was, if that was interrupted and verified the same O(backup).
    type: bool
    default: false
  max_rate_kib:
    description:
      - The most that is read from the repository, in KiB per second, 32 or more. Unset means no limit.
    type: int
  jobs:
    description:
      - How many processes read at a time. Unset means the number of processors, at most four.
      - While they are parsed, decompressed segments take up to about 512 MiB in the directory for temporary files
        (E(TMPDIR)).
    type: int
seealso:
  - module: pgfleet.pitr.base_backup
  - module: pgfleet.pitr.backup_info
"""

EXAMPLES = r"""
- name: Verify everything
  pgfleet.pitr.backup_verify:
    name: db1
    repository_path: /srv/pitr

- name: Verify a tenth of a large repository, gently
  pgfleet.pitr.backup_verify:
    name: db1
    repository_path: /srv/pitr
    sample_percent: 10
    max_rate_kib: 51200

- name: Verify the chain of the newest backup
  pgfleet.pitr.backup_verify:
    name: db1
    repository_path: /srv/pitr
    backup: newest
  register: verified

- name: Show how much it was
  ansible.builtin.debug:
    msg: "{{ verified.text.splitlines() }}"
"""

RETURN = r"""
cluster:
  description: The cluster's name in the repository.
  type: str
  returned: always
  sample: db1
ok:
  description: Whether nothing is wrong.
  type: bool
  returned: always
  sample: true
findings:
  description:
    - Everything that is wrong, also when the module fails.
  type: list
  elements: dict
  returned: always
  contains:
    kind:
      description: What it is about, one of V(record), V(manifest), V(archive), V(chain), V(segment), V(history).
      type: str
    code:
      description: A stable word, see C(docs/errors.md).
      type: str
    backup:
      description: The label of the backup, V(null) for WAL.
      type: str
    file:
      description: The file in the backup's directory, or a history file.
      type: str
    segment:
      description: The WAL segment, the first one of several that are missing.
      type: str
    last_segment:
      description: The last one of them.
      type: str
    message:
      description: What is wrong.
      type: str
    cost:
      description:
        - What can't be recovered because of it. C(unusable_backups) has labels. C(window) says from which backup
          recovery ends (C(backup)), at which position (C(ends_at)), and with which backup it is possible again
          (C(resumes_with)); C(text) says the same in words.
      type: dict
  sample:
    - kind: segment
      code: segment-missing
      backup: null
      file: null
      segment: "000000010000000000000005"
      last_segment: "000000010000000000000005"
      message: the segment '000000010000000000000005' is missing
      cost:
        unusable_backups: []
        window:
          backup: 20261122T151500Z-full
          ends_at: 0/5000000
          resumes_with: 20261123T151500Z-full
        text: recovery from 20261122T151500Z-full ends at 0/5000000; everything up to the end of
          20261123T151500Z-full is lost
damaged:
  description: Names of the backups' files and of the segments that are there and not as they should be.
  type: list
  elements: str
  returned: always
  sample: []
missing:
  description: Names of what is not there.
  type: list
  elements: str
  returned: always
  sample: ["000000010000000000000005"]
verified:
  description:
    - How much was read in this run and found whole, C(backups) of which all was read, C(archives) (and manifests),
      C(files) of the cluster in them, C(segments). In check mode, how much would be read.
  type: dict
  returned: always
  sample:
    backups: 2
    archives: 4
    files: 1984
    segments: 128
left:
  description: What was not read in this run, because of O(sample_percent), O(max_age_seconds) or O(resume).
  type: dict
  returned: always
  sample:
    backups: 0
    archives: 0
    files: 0
    segments: 0
never_verified:
  description: What no run has found whole or damaged so far.
  type: dict
  returned: always
  sample:
    backups: 0
    archives: 0
    files: 0
    segments: 0
looked_at_backups:
  description: How many backups were selected, and their names, sizes and records compared.
  type: int
  returned: always
  sample: 2
unparsed_segments:
  description:
    - How many segments are whole, as far as that can be told without reading their records, for which neither this run
      nor an earlier one had PostgreSQL's programs.
  type: int
  returned: always
  sample: 0
read_bytes:
  description: How much was read from the repository, in bytes. In check mode, how much would be.
  type: int
  returned: always
  sample: 96000000
seconds:
  description: How long it took, in seconds.
  type: float
  returned: always
  sample: 7.25
notes:
  description: What else is worth knowing, such as that the note of what was read could not be kept.
  type: list
  elements: str
  returned: always
  sample: []
text:
  description: The same for people.
  type: str
  returned: always
  sample: "db1: ok, read 2 backups, 4 archives and manifests, 128 WAL segments, 91.55 MiB in 7.2 s\n"
"""

from ..module_utils._ansible.backup_verify import backup_verify
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.spec import CLUSTER_OPTIONS, REPOSITORY_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        backup_verify,
        argument_spec={
            **CLUSTER_OPTIONS,
            **REPOSITORY_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster", "repository"]},
            "name": {"type": "str", "required": True},
            "backup": {"type": "str", "default": "all"},
            "sample_percent": {"type": "int", "default": 100},
            "max_age_seconds": {"type": "int", "default": 0},
            "resume": {"type": "bool", "default": False},
            "max_rate_kib": {"type": "int"},
            "jobs": {"type": "int"},
        },
    )


if __name__ == "__main__":
    main()
