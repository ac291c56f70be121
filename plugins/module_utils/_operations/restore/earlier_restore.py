# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier restore of the same cluster means for the next one."""

from __future__ import annotations

import os

from ..._core.errors import Refused
from ..._core.postgres.cluster import Cluster
from ..._core.restore.journal import RestoreJournal
from ..._core.restore.request import RestoreRequest
from ..._core.restore.swap.swap_pair import entry_pair, sibling_pair


def refuse_unfinished(journal: RestoreJournal | None) -> None:
    """Raise Refused (``restore-unfinished``) for a restore that was interrupted."""
    if journal is not None and not journal.is_finished and not is_copy_gone(journal):
        raise Refused(
            f"a restore of '{journal.directory}' that began {journal.started} did not come to its end "
            f"(it is {journal.phase})",
            code="restore-unfinished",
            hint="Roll it back with the playbook 'rollback', or let the module recovery finish it if it is 'swapped'.",
        )


def refuse_waiting(journal: RestoreJournal | None) -> None:
    """Raise Refused (``restore-unfinished``) for a recovery that waits at its target.

    Another restore now would throw away the original cluster, which the waiting one keeps.
    """
    if journal is not None and journal.is_waiting:
        target = journal.plan.target
        raise Refused(
            f"the recovery of '{journal.directory}' to {target.kind} {target} is {journal.phase}, neither promoted nor "
            "rolled back",
            code="restore-unfinished",
            hint="For another target bring the old cluster back first, with the playbook 'rollback'.",
        )


def refuse_set_aside(cluster: Cluster, journal: RestoreJournal | None) -> None:
    """Raise Refused (``data-directory-set-aside``) where a restore would remove what lies there.

    Without a journal that may be the only copy.
    """
    pairs = (sibling_pair(cluster.data_directory), entry_pair(cluster.data_directory))
    kept = (pair.old for pair in pairs if os.path.isdir(pair.old) and os.listdir(pair.old))
    aside = next(kept, None) if cluster.is_lost and journal is None else None
    if aside is not None:
        raise Refused(
            f"'{cluster.data_directory}' is missing or empty, and '{aside}' may be what was there",
            code="data-directory-set-aside",
            hint=f"Rename it back, or to another name if '{cluster.data_directory}' is to be restored.",
        )


def is_copy_gone(journal: RestoreJournal | None) -> bool:
    """Whether somebody has removed the copy that was restored side by side; its journal is of no more use."""
    return journal is not None and not journal.in_place and not os.path.exists(f"{journal.directory}/PG_VERSION")


def restored_already(
    request: RestoreRequest, journal: RestoreJournal | None, *, cluster: Cluster, again: bool
) -> RestoreJournal | None:
    """The restore that already went where this one is to go; ``None`` where there is none, or ``again`` is meant."""
    # What an earlier restore brought back is gone with the data directory.
    if journal is None or again or cluster.is_lost or is_copy_gone(journal):
        return None
    directory = request.directory or cluster.data_directory
    return journal if journal.restores_same(request, directory=directory) else None


__all__ = ("is_copy_gone", "refuse_set_aside", "refuse_unfinished", "refuse_waiting", "restored_already")
