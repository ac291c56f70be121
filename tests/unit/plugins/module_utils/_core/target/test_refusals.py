# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A refusal names what there is instead, and keeps its code."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, Missing
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target import refusals
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import COMMIT, WalEvent
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from sample_backup import sample_backup

NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
TIME = RecoveryTarget.parse("time", "2026-09-15T14:30:00+02:00")
NAME = RecoveryTarget.parse("name", "rp1")
LSN = Lsn.parse("0/5000028")
STATE = refusals.Neighbour(LSN, NOON, "the end of transaction 745")
BACKUP_END = refusals.Neighbour(LSN, NOON, "the end of backup b1", "b1")


@pytest.mark.parametrize(
    ("code", "elsewhere"),
    [
        ("target-after-last-commit", True),
        ("target-unreachable", True),
        ("target-before-first-backup", True),
        ("backup-missing", True),
        ("segment-missing", False),
        ("segment-expired", False),
        ("target-ambiguous", False),
    ],
)
def test_other_timelines_are_searched_where_the_target_may_lie_there(code: str, elsewhere: bool) -> None:
    assert refusals.may_lie_elsewhere(InvalidInput("", code=code)) is elsewhere


@pytest.mark.parametrize(
    ("neighbour", "way"),
    [
        (STATE, "'pitr_restore_target_lsn: 0/5000028'"),
        (BACKUP_END, "'pitr_restore_backup: b1' with 'pitr_restore_target_immediate: true'"),
    ],
)
def test_state_before_a_hole_comes_with_the_variables_that_recover_it(neighbour: refusals.Neighbour, way: str) -> None:
    error = refusals.in_a_hole(TIME, "0" * 24, reason="damaged", before=neighbour, after=None)
    assert f"{way} recovers everything before the hole" in error.hint
    assert "is damaged, and the path to target_time '2026-09-15T14:30:00+02:00' needs it" in error.message
    assert "no backup behind it can be used" in error.message


def test_hole_with_nothing_before_it_offers_nothing() -> None:
    error = refusals.in_expired_wal(TIME, "0" * 24, before=None, after=BACKUP_END)
    assert error.code == "segment-expired" and "recovers everything" not in error.hint
    assert "nothing before it can be recovered; the first one behind it is 2026-09-15T12:00" in error.message


@pytest.mark.parametrize(
    ("missing", "is_expired", "said"),
    [
        (None, False, "on the path to timeline 2"),
        ("S", False, "timeline 2, from which segment S is missing"),
        ("S", True, "timeline 2, from which retention has removed segment S"),
    ],
)
def test_name_that_is_nowhere_says_what_could_not_be_searched(missing: str | None, is_expired: bool, said: str) -> None:
    message = refusals.nowhere(NAME, 2, missing=missing, is_expired=is_expired).message
    assert message.startswith("there is no restore point 'rp1'") and message.endswith(said)


def test_last_commit_is_named_where_there_is_one() -> None:
    last = WalEvent(LSN, COMMIT, xid=745, moment=NOON)
    assert "ended at 2026-09-15T12:00:00.000000Z" in refusals.after_last_commit(TIME, last).message
    assert refusals.after_last_commit(TIME, None).message.endswith("no commit")


def test_other_backup_is_named_first_and_the_refusal_stays_what_it_is() -> None:
    error = refusals.with_other_backup(refusals.no_backup(2), sample_backup("b1"))
    assert isinstance(error, Missing) and error.code == "backup-missing"
    assert error.hint.startswith("The target can be reached from backup 'b1': leave 'pitr_restore_backup' unset. See")
