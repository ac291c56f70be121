# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that say when a restore is rolled back, and which one is."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the module restore."""

    DOCUMENTATION = r"""
options:
  undo_on_failure:
    description:
      - Whether a failure after the server was stopped rolls the restore back at once.
      - Without it everything is left as it is at the failure, until O(state=rolled_back).
    type: bool
    default: true
  unfinished_only:
    description:
      - For O(state=rolled_back) in the rescue of a play. Rolls back a restore that was not completed, without
        confirmation, and leaves a completed one alone.
    type: bool
    default: false
  unpromoted_only:
    description:
      - For O(state=rolled_back) where a workflow has failed. Rolls back a restore whose cluster was not promoted, with
        the usual confirmation, and leaves any other alone, such as the one of last month.
    type: bool
    default: false
"""
