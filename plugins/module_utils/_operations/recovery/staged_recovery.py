# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recovery that a restore has staged, as its journal knows it."""

from __future__ import annotations

from ..._core.errors import InvalidInput, Refused
from ..._core.restore.journal import SWAPPED, RestoreJournal
from ..restore.journal import FoundJournal, find_journal


def find_staged(data_directory: str) -> tuple[FoundJournal, RestoreJournal]:
    """The journal of a restore that has got as far as its recovery, as it was found.

    Raises InvalidInput (``restore-missing``), Refused (``restore-unfinished``) and what reading it raises.
    """
    found = find_journal(data_directory)
    journal = found.journal
    if journal is None:
        raise InvalidInput(
            f"no restore is under way in '{data_directory}'",
            code="restore-missing",
            hint="Run the module restore before, and give this one the same directories.",
        )
    if journal.phase != SWAPPED and not journal.is_finished:
        raise Refused(
            f"the restore of '{data_directory}' was interrupted (it is {journal.phase})",
            code="restore-unfinished",
            hint="Bring the old cluster back with the playbook 'rollback', and begin again.",
        )
    return found, journal


__all__ = ("find_staged",)
