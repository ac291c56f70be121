#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_verify
short_description: Verify the backups and the WAL of a repository
version_added: "0.1.0"
description:
  - Reads every archive of every backup and compares each file with the backup's manifest, checks the manifest's own
    checksum, and compares the record of the backup with what is stored. Each link of a chain of incremental backups is
    read.
  - Reads every WAL segment that a backup or a recovery window needs. It must exist, be what was stored, have the right
    size, belong to this cluster and to this place in the WAL, and C(pg_waldump) must be able to read all its records.
  - Fails with code C(verification-failed) if there is any problem; C(findings) lists them, each with what it costs.
  - Needs no running server and no data directory; it works on a host that only keeps the repository, too.
  - Can run beside archiving, backups and retention. It writes nothing but a record of what was read when,
    C(verify.json) in the cluster's folder. That does not count as a change, so C(changed) is V(false), unless O(heal)
    has repaired something.
  - With O(repositories) each is read that this host keeps, or reaches in object storage. One that cannot be read does
    not stop the others. Where it is required the task fails after these, else it warns.
  - In check mode it compares names, sizes and records only, and says how much a run would read.
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.attributes.info
  - pgfleet.pitr.cluster
  - pgfleet.pitr.repository
  - pgfleet.pitr.reading
options:
  name:
    required: true
  from_variables:
    choices: [cluster, repository]
  bin_directory:
    description:
      - The directory of PostgreSQL's programs of the cluster's major version; C(pg_waldump) reads the WAL's records.
      - Discovered when unset. Without such programs on the host everything else is verified, and C(unparsed_segments)
        counts the segments whose records were not read.
  backup:
    description:
      - V(all) verifies every backup with all the WAL that any window needs.
      - V(newest) verifies the newest backup with everything that it depends on, and the WAL from its start on. It fails
        if there is a newer one whose record can't be read.
      - The label of a backup does the same for that one.
    type: str
    default: all
  repository_names:
    description:
      - Which of O(repositories) to read, by their names; unset means each that this host keeps or reaches in object
        storage. What another host keeps is that host's to read.
    type: list
    elements: str
  heal:
    description:
      - Whether to repair what is damaged or missing, a WAL segment, a history or a file of a backup, from another one
        of O(repositories) that has it whole. It is verified there first, and read back.
      - What is not proven damaged is left alone. The damaged bytes are kept in C(quarantine) in the cluster's folder,
        until M(pgfleet.pitr.backup_expire) removes them once the good copy is there.
      - A host that may only add to a repository cannot repair it; the task runs on the host that keeps it then.
      - In check mode nothing is repaired.
    type: bool
    default: false
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
  description: Whether no problem was found.
  type: bool
  returned: always
  sample: true
findings:
  description:
    - The problems found, also when the module fails.
  type: list
  elements: dict
  returned: always
  contains:
    kind:
      description:
        - What is affected, one of V(record), V(manifest), V(archive), V(origin), V(chain), V(segment), V(history).
      type: str
    code:
      description: A stable code, see C(docs/errors.md).
      type: str
    backup:
      description: The label of the backup, V(null) for WAL.
      type: str
    file:
      description: The file in the backup's directory, or a history file.
      type: str
    segment:
      description: The WAL segment, or the first of several missing ones.
      type: str
    last_segment:
      description: The last of them.
      type: str
    message:
      description: What is wrong.
      type: str
    cost:
      description:
        - What can't be recovered because of it. C(unusable_backups) lists labels. C(window) says at which position
          (C(ends_at)) a recovery from which backup (C(backup)) ends, and from which backup (C(resumes_with)) recovery
          is possible again; C(text) says the same in words.
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
  description: Names of the backup files and segments that exist but are damaged.
  type: list
  elements: str
  returned: always
  sample: []
missing:
  description: Names of the files and segments that are missing.
  type: list
  elements: str
  returned: always
  sample: ["000000010000000000000005"]
healed:
  description:
    - What was damaged or missing and is whole now, with the repository that it was taken from (C(source)), and with
      O(repositories) the one that was repaired (C(repository)). It is in C(findings) no more.
  type: list
  elements: dict
  returned: always
  sample:
    - subject: "000000010000000000000005"
      source: far
repositories:
  description:
    - With O(repositories), the same of each that was read, with its name in C(repository), whether it is C(required),
      and in C(failure) why it was left out (C(null) when it was not). The values above are those of all together.
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
verified:
  description:
    - How much was read in this run and found intact, C(backups) that were read completely, C(archives) (and
      manifests), C(files) of the cluster in them, C(segments). In check mode, how much would be read.
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
  description: What no run has verified so far.
  type: dict
  returned: always
  sample:
    backups: 0
    archives: 0
    files: 0
    segments: 0
looked_at_backups:
  description: How many backups were selected and had their names, sizes and records compared.
  type: int
  returned: always
  sample: 2
unparsed_segments:
  description:
    - How many segments are intact as far as that can be told without reading their records, because neither this run
      nor an earlier one had PostgreSQL's programs.
  type: int
  returned: always
  sample: 0
encrypted_archives:
  description: How many archives of this run are as they were stored, encrypted, so that what is in them was not read.
  type: int
  returned: always
  sample: 0
encrypted_segments:
  description: The same of WAL segments.
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
  description: Other remarks, such as that the record of what was read could not be written.
  type: list
  elements: str
  returned: always
  sample: []
text:
  description: The same as text for reading.
  type: str
  returned: always
  sample: "db1: ok, read 2 backups, 4 archives and manifests, 128 WAL segments, 91.55 MiB in 7.2 s\n"
"""

# Before all others, which it imports faster.
from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
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
            "repository_names": {"type": "list", "elements": "str"},
            "heal": {"type": "bool", "default": False},
        },
    )


if __name__ == "__main__":
    main()
