# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that finds the moment at which several clusters write a restore point."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._core.archiving.clock_offset import ClockOffset
from ..module_utils._core.archiving.point_agreement import Candidate, agree
from ..module_utils._core.errors import Refused
from ..module_utils._core.instant import format_instant
from ..module_utils._core.report.run_outcome import value_at

DOCUMENTATION = r"""
name: restore_point_agreed
short_description: The moment at which several clusters write one restore point, or why they cannot
version_added: "0.2.0"
description:
  - Takes part who has looked at its cluster, which M(pgfleet.pitr.restore_point) does in check mode, and who was lost.
  - The role P(pgfleet.pitr.pitr_archiving#role) uses it for its tasks C(restore_point).
author:
  - pgfleet.pitr contributors (@pgfleet)
positional: hosts, left, forks, limit_ms, lead_seconds
options:
  _input:
    description: >-
      Ansible's variable C(hostvars), in which the look at each cluster is registered as
      C(pitr_archiving_restore_point_check).
    type: dict
    required: true
  hosts:
    description: The hosts of the play, C(ansible_play_hosts_all).
    type: list
    elements: str
    required: true
  left:
    description: Those that neither failed nor were lost, C(ansible_play_hosts).
    type: list
    elements: str
    required: true
  forks:
    description: On how many hosts Ansible works at a time, C(ansible_forks).
    type: int
    required: true
  limit_ms:
    description: By how many milliseconds clocks may differ.
    type: float
    required: true
  lead_seconds:
    description: How far ahead the moment lies; empty means twice as long as the look at the clusters took.
    type: float
"""

EXAMPLES = r"""
- name: Agree on a moment
  ansible.builtin.set_fact:
    agreed: >-
      {{ hostvars | pgfleet.pitr.restore_point_agreed(ansible_play_hosts_all, ansible_play_hosts,
         ansible_forks, 1000) }}
  run_once: true
"""

RETURN = r"""
_value:
  description: >-
    C(failed), and then C(msg), C(code) and C(hint); else C(at), the moment, empty for a single cluster, C(writers) and
    C(passed), the hosts that write and those that are standbys, and C(clocks_ms).
  type: dict
"""


def restore_point_agreed(
    hostvars: Mapping[str, Any],
    hosts: Sequence[str],
    left: Sequence[str],
    forks: Any,
    limit_ms: Any,
    lead_seconds: Any = None,
) -> dict[str, Any]:
    """The agreement, or the refusal.

    >>> look = {"pitr_archiving_restore_point_check": {"passed_over": False}}
    >>> found = restore_point_agreed({"db1": look, "db2": {}}, ["db1", "db2"], ["db1", "db2"], 5, 1000)
    >>> found["at"], found["writers"]
    ('', ['db1'])
    """
    looked = {host: value_at(hostvars[host], "pitr_archiving_restore_point_check") for host in hosts}
    taking_part = [host for host in hosts if looked[host] is not None or host not in left]
    candidates = [_candidate(host, looked[host], left=host in left) for host in taking_part]
    try:
        lead = None if lead_seconds in (None, "") else float(lead_seconds)
        agreed = agree(candidates, forks=int(forks), limit_ms=float(limit_ms), lead_seconds=lead)
    except Refused as error:
        refusal: dict[str, Any] = wrap_var(
            {"failed": True, "msg": error.message, "code": error.code, "hint": error.hint, "writers": [], "passed": []}
        )
        return refusal
    except ValueError as error:
        raise AnsibleFilterError(f"milliseconds and seconds are numbers: {error}") from error
    moment = datetime.fromtimestamp(time.time() + agreed.lead_seconds, tz=timezone.utc)
    return {
        "failed": False,
        "at": format_instant(moment) if agreed.lead_seconds else "",
        "writers": list(agreed.writers),
        "passed": list(agreed.passed),
        "clocks_ms": agreed.clocks_ms,
    }


def _candidate(host: str, looked: Any, *, left: bool) -> Candidate:
    is_well = left and not value_at(looked, "failed") and not value_at(looked, "unreachable")
    clock = value_at(looked, "clock")
    least, most = value_at(clock, "least_ms"), value_at(clock, "most_ms")
    return Candidate(
        host,
        is_ready=is_well,
        is_standby=bool(value_at(looked, "passed_over")),
        system_identifier=str(value_at(looked, "cluster", "system_identifier") or ""),
        began=value_at(clock, "began") or 0.0,
        seconds=max(0.0, (value_at(clock, "seconds") or 0.0) - (value_at(looked, "searched_seconds") or 0.0)),
        clock=None if least is None or most is None else ClockOffset(least / 1000, most / 1000),
    )


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """The filters by name."""
        return {"restore_point_agreed": restore_point_agreed}
