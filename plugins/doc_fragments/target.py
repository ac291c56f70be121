# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that say where a recovery ends."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``TARGET_OPTIONS`` in ``module_utils/_ansible/spec.py``."""

    DOCUMENTATION = r"""
options:
  target_time:
    description:
      - The moment to recover to, as text with a UTC offset, such as V("2026-09-15T14:30:00+02:00").
      - Exactly one target must be set. A value that YAML turned into anything but text is refused.
    type: raw
  target_lsn:
    description: The WAL position to recover to, such as V("0/3000028").
    type: raw
  target_xid:
    description: The transaction to recover to, in the order of commits.
    type: raw
  target_name:
    description: The restore point to recover to; M(pgfleet.pitr.restore_point) makes them.
    type: raw
  target_immediate:
    description: Whether to stop at the end of the backup, as soon as the data is consistent.
    type: bool
    default: false
  target_latest:
    description: Whether to recover to the end of the WAL.
    type: bool
    default: false
  target_inclusive:
    description: Whether what happened exactly at O(target_time), O(target_lsn) or O(target_xid) is recovered too.
    type: bool
    default: true
  target_timeline:
    description:
      - The number of the timeline that the target lies on.
      - When unset, the cluster's own timeline if the target lies on it, else the one on which it does.
    type: str
  target_action:
    description:
      - What happens at the target. With V(promote) the server opens on a new timeline; with V(pause) it stays in
        recovery, open for reading, and can be promoted by a second run; with V(shutdown) it stops.
    type: str
    choices: [promote, pause, shutdown]
    default: promote
"""
