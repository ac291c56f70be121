# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the option with which a restore goes on by itself."""

from __future__ import annotations


class ModuleDocFragment:
    """The option with the suboptions of ``RECOVERY_OPTIONS`` in ``module_utils/_ansible/job_options.py``."""

    DOCUMENTATION = r"""
options:
  recovery:
    description:
      - How the recovery is to be ended that follows the swap. The task ends when the directories are swapped, and a job
        on the host goes on by itself to the hand-over or the rollback, B(whatever happens to the controller).
        M(pgfleet.pitr.recovery) follows it and returns its result.
      - Unset, the restored server is left for M(pgfleet.pitr.recovery) to start, and B(nobody starts it when that does
        not come).
    type: dict
    suboptions:
      checks:
        description:
          - Queries whose results must be as expected before the server is promoted, as in M(pgfleet.pitr.recovery).
        type: list
        elements: dict
        default: []
        suboptions:
          sql:
            description: A statement that returns one value.
            type: str
            required: true
          expect:
            description: The value as text, booleans as V(t) and V(f).
            type: str
            required: true
          database:
            description: The database to run it in.
            type: str
            default: postgres
      checks_user:
        description:
          - The role that the O(recovery.checks) run as. B(A superuser's checks run the code that others have put into
            the database with all rights of the operating system user.)
        type: str
      timeout_seconds:
        description:
          - How long the whole recovery may take, in seconds. V(0) means no limit.
        type: int
        default: 0
      stall_timeout_seconds:
        description:
          - For how many seconds the recovery may make no progress before it counts as failed.
        type: int
        default: 300
      start_timeout_seconds:
        description:
          - How long the promotion, or the start of the old server after a failure, may take, in seconds.
        type: int
        default: 300
      archive_timeout_seconds:
        description:
          - How many seconds to wait until the history of the new timeline is archived.
        type: int
        default: 120
"""
