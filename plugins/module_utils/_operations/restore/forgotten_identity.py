# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The age identity of a recovery that outlived the host's memory."""

from __future__ import annotations

import os

from ..._core.restore.journal import SWAPPED, RestoreJournal
from ..._io.host.kept_identity import KeptIdentity
from .lock import is_at_work


def lacks_identity(journal: RestoreJournal) -> bool:
    """Whether a recovery is still to run, and there is no identity for it: a restart of the host takes that away.

    One that is at work has it, or needs it no more.
    """
    is_due = journal.phase == SWAPPED or journal.is_waiting
    if not is_due or is_at_work(journal.directory) or not os.path.isdir(journal.directory):
        return False
    return not KeptIdentity(journal.directory).is_there()


__all__ = ("lacks_identity",)
