# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options without which production is not touched."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``CONFIRMATION_OPTIONS`` in ``module_utils/_ansible/spec.py``."""

    DOCUMENTATION = r"""
options:
  confirm:
    description:
      - For a restore in place, C(<name>@<target>) with the target as given, or V(latest) or V(immediate) for those
        targets, B(so that a typing error destroys nothing); the plan shows the text.
      - C(<name>@rollback) for O(state=rolled_back) of a restore that was completed.
      - With O(cluster_count) of several clusters, C(<number> clusters@<target>) confirms each of them, too.
      - It may be left out in check mode; a wrong one is refused there as well.
    type: str
  cluster_count:
    description:
      - How many clusters the run works on.
    type: int
    default: 1
  limited:
    description:
      - Whether the run was limited to the clusters that are meant.
      - Several clusters in a run that is neither limited nor meant for the O(fleet) are refused.
    type: bool
    default: false
  fleet:
    description:
      - Whether all clusters of the run are meant although it was not limited.
    type: bool
    default: false
"""
