# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tablespaces of a copy, looked at before its server may write to them."""

from __future__ import annotations

import os

from ..._core.errors import Failed
from ..._core.restore.journal import RestoreJournal
from ..._io.postgres.data_directory import linked_tablespaces


def check_own_links(journal: RestoreJournal) -> None:
    """Return when every tablespace of a copy lies where its plan has put it; a restore in place has its own.

    What was replayed may have made others, at the places of the cluster that it is a copy of. Raises Failed
    (``copy-links-outside``).
    """
    if journal.in_place:
        return
    planned = {os.path.realpath(location) for location in journal.plan.tablespaces.values()}
    for oid, location in linked_tablespaces(journal.directory).items():
        if os.path.realpath(location) not in planned:
            raise Failed(
                f"tablespace {oid} of the copy in '{journal.directory}' leads to '{location}', which is not the copy's",
                code="copy-links-outside",
                hint="The copy is not opened: it could write into the tablespace of another cluster. Take a new "
                "backup, and restore from that.",
            )


__all__ = ("check_own_links",)
