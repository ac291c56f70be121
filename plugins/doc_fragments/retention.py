# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that say what retention keeps."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``RETENTION_OPTIONS`` in ``module_utils/_ansible/spec.py``."""

    DOCUMENTATION = r"""
options:
  keep_full:
    description:
      - How many of the newest full backups are kept, at least V(1). Every moment since the oldest of them stays
        recoverable.
    type: int
    default: 2
  keep_days:
    description:
      - For how many days back every moment stays recoverable, on every timeline that the cluster was on.
      - The days are counted back from now, or from the newest file in the repository if that is older.
      - V(0) means no such window.
    type: int
    default: 7
  keep_daily:
    description:
      - For how many of the most recent days (UTC) that have a backup the last one is kept. V(0) means none.
    type: int
    default: 0
  keep_weekly:
    description:
      - The same for weeks, which begin on Monday.
    type: int
    default: 0
  keep_monthly:
    description:
      - The same for months.
    type: int
    default: 0
  keep_yearly:
    description:
      - The same for years.
    type: int
    default: 0
"""
