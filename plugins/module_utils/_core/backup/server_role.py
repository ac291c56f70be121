# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a backup may be taken from a server in its present role, and what a standby requires."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import Failed, Refused, Unavailable
from .manifest import WalRange
from .server_facts import BackupFacts


def check_role(facts: BackupFacts, *, data_directory: str, allow_standby: bool, has_standby_signal: bool) -> None:
    """Return for a primary, and for a standby if that is allowed.

    Raises Refused: ``server-is-standby``, ``server-in-recovery``, ``full-page-writes-off``.
    """
    if not facts.in_recovery:
        return
    if not has_standby_signal:
        raise Refused(
            f"the cluster in '{data_directory}' is in a recovery that has not finished",
            code="server-in-recovery",
            hint="Let it finish, promote it or roll it back first.",
        )
    if not allow_standby:
        raise Refused(
            f"the cluster in '{data_directory}' is a standby",
            code="server-is-standby",
            hint="Take the backup from the primary, or set 'pitr_backup_allow_standby: true'.",
        )
    if facts.restartpoint is not None and not facts.restartpoint.full_page_writes:
        raise full_page_writes_off("the primary ran with full_page_writes off at its last checkpoint")


def full_page_writes_off(reason: str) -> Refused:
    """The error for WAL that could not repair torn pages in a backup of a standby."""
    return Refused(
        reason,
        code="full-page-writes-off",
        hint="Turn full_page_writes on on the primary, and run CHECKPOINT there; or take the backup from the primary.",
    )


def primary_not_archiving(segment: str) -> Unavailable:
    """The error for a standby whose primary does not archive to the repository."""
    return Unavailable(
        f"the standby has replayed {segment}, but neither it nor the segment before it is in the repository",
        code="primary-not-archiving",
        hint="Run the playbook 'archive' on the primary, with the same repository and 'pitr_cluster_name'. A backup "
        "can't be restored without its WAL.",
    )


def wal_not_archived(segment: str, *, waited_seconds: float) -> Failed:
    """The error for a primary that has not archived the last segment of a standby's backup in time."""
    return Failed(
        f"the backup needs {segment}, which the primary has not archived within {waited_seconds:g} seconds",
        code="backup-wal-missing",
        hint="The backup is not kept. Check that the primary's archiver works and its archive_timeout is not 0; there,"
        " SELECT pg_switch_wal() ends the segment at once. 'standby_wait_seconds' is how long a backup waits.",
    )


def only_range(ranges: Sequence[WalRange]) -> WalRange:
    """The single range of WAL that a backup needs. Raises Unavailable (``standby-timeline-changed``)."""
    if len(ranges) != 1:
        raise Unavailable(
            "the standby followed its primary to another timeline while the backup was taken",
            code="standby-timeline-changed",
            hint="The backup is not kept; take it again.",
        )
    return ranges[0]


__all__ = ("check_role", "full_page_writes_off", "only_range", "primary_not_archiving", "wal_not_archived")
