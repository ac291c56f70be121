#!/usr/bin/python
# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specification and one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: stream_slot
short_description: Make, prove or drop the replication slot by which the WAL of a PostgreSQL cluster is streamed
version_added: "0.1.0"
description:
  - A physical replication slot keeps WAL on the primary until the receiver that M(pgfleet.pitr.wal_receiver) sets up
    has it on disk. This module makes it, drops it, and proves that WAL arrives.
  - On a standby nothing is made, and a slot of this name that nobody uses, which a former primary has, is dropped.
    After a failover, the receiver makes the slot on the new primary itself, so O(unbounded) is about standbys, too.
  - A slot that is in use by anything but that receiver, and a logical one, are refused. One that is lost, because the
    server has removed what it needs, is made anew.
  - B(A slot that nobody uses keeps WAL until the disk is full), unless C(max_slot_wal_keep_size) bounds it; see
    O(unbounded).
author:
  - pgfleet.pitr contributors (@pgfleet)
extends_documentation_fragment:
  - pgfleet.pitr.attributes
  - pgfleet.pitr.cluster
options:
  name:
    required: true
  from_variables:
    choices: [cluster]
  state:
    description:
      - With V(present), there is the slot. With V(absent), there is none; stop its receiver first.
    type: str
    choices:
      - present
      - absent
    default: present
  slot:
    description:
      - The slot's name, which begins with C(pgpitr_) and has lower-case letters, digits and underscores.
      - When unset, it is made of O(name).
    type: str
  unbounded:
    description:
      - What to do where C(max_slot_wal_keep_size) sets no limit. V(refuse) changes nothing; V(warn) warns.
    type: str
    choices:
      - refuse
      - warn
    default: refuse
  prove:
    description:
      - Whether to write a record, and wait until it was received and is on the receiver's disk.
    type: bool
    default: false
  timeout_seconds:
    description:
      - For how many seconds O(prove) waits.
    type: int
    default: 60
seealso:
  - module: pgfleet.pitr.wal_receiver
"""

EXAMPLES = r"""
- name: Keep WAL for the receiver
  pgfleet.pitr.stream_slot:
    name: db1

- name: Prove that WAL arrives
  pgfleet.pitr.stream_slot:
    name: db1
    prove: true

- name: Drop the slot
  pgfleet.pitr.stream_slot:
    name: db1
    state: absent
"""

RETURN = r"""
slot:
  description: The slot's name.
  returned: success
  type: str
  sample: pgpitr_db1
exists:
  description: Whether there is the slot.
  returned: success
  type: bool
  sample: true
streams:
  description: Whether its receiver is connected.
  returned: success
  type: bool
  sample: true
flushed_lsn:
  description: Up to where the receiver has WAL on its disk; V(null) while it is not connected.
  returned: success
  type: str
  sample: 0/3000148
kept_bytes:
  description: How much WAL the server keeps for the slot, which is how far its receiver is behind; V(null) without one.
  returned: success
  type: int
  sample: 1048
limit_bytes:
  description: The most that slots keep (C(max_slot_wal_keep_size)); V(null) for no limit.
  returned: success
  type: int
  sample: 10737418240
wal_status:
  description: The slot's C(wal_status); V(null) without a slot.
  returned: success
  type: str
  sample: reserved
standby:
  description: Whether the server is a standby, where nothing is made.
  returned: success
  type: bool
  sample: false
line:
  description: How the slot is, in a sentence.
  returned: success
  type: str
  sample: "pgpitr_db1: streams, received up to 0/3000148, keeps 1.02 KiB of WAL"
steps:
  description: What was done, or in check mode would be done, in order.
  returned: success
  type: list
  elements: str
  sample: [create replication slot pgpitr_db1]
cluster:
  description: The cluster, as M(pgfleet.pitr.cluster_info) describes it.
  returned: success
  type: dict
  sample:
    version: 15
    data_directory: /var/lib/postgresql/15/main
    role: primary
"""

from ..module_utils._ansible import payload  # noqa: F401  # pylint: disable=unused-import
from ..module_utils._ansible.archiving.stream_slot import stream_slot
from ..module_utils._ansible.entry import run
from ..module_utils._ansible.spec import CLUSTER_OPTIONS


def main() -> None:
    """Run the module."""
    run(
        stream_slot,
        argument_spec={
            **CLUSTER_OPTIONS,
            "from_variables": {"type": "list", "elements": "str", "choices": ["cluster"]},
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "slot": {"type": "str"},
            "unbounded": {"type": "str", "choices": ["refuse", "warn"], "default": "refuse"},
            "prove": {"type": "bool", "default": False},
            "timeout_seconds": {"type": "int", "default": 60},
        },
    )


if __name__ == "__main__":
    main()
