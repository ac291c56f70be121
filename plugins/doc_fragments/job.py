# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of how a recovery is checked and ended, by itself and as the part of a restore that goes on."""

from __future__ import annotations

import re
import textwrap

_JOB = r"""
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
"""


class ModuleDocFragment:
    """Options of ``RECOVERY_OPTIONS`` in ``module_utils/_ansible/job_options.py``.

    ``ENDING`` has them as the module recovery does; in ``DOCUMENTATION`` they are the suboptions of one option.
    """

    ENDING = r"""
options:
  checks:
    description:
      - Queries whose results must be as expected before the server is promoted. If one differs, the restore is rolled
        back.
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
      - The role that the O(checks) run as, in a read-only transaction with V(pg_catalog, public) as C(search_path).
      - Without it, a role that is not a superuser and can't become one - a member of C(pg_read_all_data), or else the
        one that owns most of what the check's database holds. Where nothing in the database belongs to
        anybody but superusers, the checks run with the rights of C(pg_read_all_data).
      - B(A superuser's checks run the code that others have put into the database with all rights of the operating
        system user.) Name one only where nobody else can put code there. Better make a role for checks in time, with
        C(CREATE ROLE pitr_checks LOGIN IN ROLE pg_read_all_data).
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

    # Annotated: yamllint of ansible-test takes the value of a plain assignment for a literal.
    DOCUMENTATION: str = _JOB + textwrap.indent(
        re.sub(r"\bO\((?=\w)", "O(recovery.", ENDING.partition("options:\n")[2]), " " * 4
    )
