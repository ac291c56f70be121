# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that says how far apart one restore point came to lie in several clusters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._core.archiving.point_spread import PointSpread
from ..module_utils._core.errors import Failed
from ..module_utils._core.instant import parse_instant
from ..module_utils._core.report.run_outcome import value_at

DOCUMENTATION = r"""
name: restore_point_spread
short_description: How far apart one restore point came to lie in several clusters
version_added: "0.2.0"
description:
  - Says who has it, who lacks it, and how many milliseconds lie between the first and the last.
  - The role P(pgfleet.pitr.pitr_archiving#role) uses it for its tasks C(restore_point).
author:
  - pgfleet.pitr contributors (@pgfleet)
positional: agreed, name, limit_ms
options:
  _input:
    description: >-
      Ansible's variable C(hostvars), in which the result of each cluster is registered as
      C(pitr_archiving_restore_point).
    type: dict
    required: true
  agreed:
    description: What P(pgfleet.pitr.restore_point_agreed#filter) returned.
    type: dict
    required: true
  name:
    description: The name of the restore point.
    type: str
    required: true
  limit_ms:
    description: How many milliseconds after the moment a cluster may have written it.
    type: float
    required: true
"""

EXAMPLES = r"""
- name: See how far apart it is
  ansible.builtin.set_fact:
    spread: "{{ hostvars | pgfleet.pitr.restore_point_spread(agreed, 'before_release_7', 1000) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: >-
    C(name), C(moment), C(spread_ms), C(clocks_ms), C(coordinated), the hosts in C(written), C(lacking) and C(late),
    C(line); and C(failed), with C(msg), C(code) and C(hint) where it is not one moment of all of them.
  type: dict
"""


def restore_point_spread(hostvars: Mapping[str, Any], agreed: Any, name: Any, limit_ms: Any) -> dict[str, Any]:
    """The spread.

    >>> made = {"pitr_archiving_restore_point": {"restore_point_name": "x", "time": "2026-09-15T12:30:00.000000Z"}}
    >>> restore_point_spread({"db1": made}, {"writers": ["db1"], "at": ""}, "x", 1000)["line"]
    "'x' in 1 cluster"
    """
    writers, at = value_at(agreed, "writers") or (), value_at(agreed, "at")
    made = {host: value_at(hostvars[host], "pitr_archiving_restore_point") for host in writers}
    # What an earlier play of the same run has left is of another name.
    times = {
        host: value_at(one, "time") if value_at(one, "restore_point_name") == str(name) else None
        for host, one in made.items()
    }
    spread = PointSpread(
        str(name),
        written={host: parse_instant(told) for host, told in times.items() if told},
        lacking=[host for host, told in times.items() if not told],
        moment=parse_instant(at) if at else None,
        limit_ms=float(limit_ms),
        clocks_ms=value_at(agreed, "clocks_ms"),
    )
    # Hosts have a say in these texts.
    result: dict[str, Any] = wrap_var({**spread.to_dict(), "line": spread.line(), **_failure(spread)})
    return result


def _failure(spread: PointSpread) -> dict[str, Any]:
    try:
        spread.check()
    except Failed as error:
        return {"failed": True, "msg": error.message, "code": error.code, "hint": error.hint}
    return {"failed": False}


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """The filters by name."""
        return {"restore_point_spread": restore_point_spread}
