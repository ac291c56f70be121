# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as having reached the planned point."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.recorded_plan import RecordedPlan
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.recovery_proof import Reached, prove
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import COMMIT, WalEvent
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from sample_plan import PLAN as WHOLE_PLAN

PLAN = replace(
    RecordedPlan.of(WHOLE_PLAN),
    backup_stop_lsn=Lsn.parse("0/3000100"),
    last_replayed=WalEvent(Lsn.parse("0/5000000"), COMMIT),
    first_not_replayed=WalEvent(Lsn.parse("0/5000200"), COMMIT),
)
LATEST = replace(PLAN, target=RecoveryTarget.parse("latest", True), first_not_replayed=None)
IMMEDIATE = replace(PLAN, last_replayed=None)


@pytest.mark.parametrize(
    ("plan", "wal_end", "lsn", "code"),
    [
        pytest.param(PLAN, None, "0/5000028", "", id="just behind the last transaction"),
        pytest.param(PLAN, None, "0/5000200", "", id="up to the first that is not wanted"),
        pytest.param(PLAN, None, "0/5000000", "recovery-short", id="before the last transaction"),
        pytest.param(PLAN, None, "0/5000228", "recovery-beyond", id="with the first that is not wanted"),
        pytest.param(PLAN, "0/6000000", "0/5000028", "", id="the end of the WAL counts for latest alone"),
        pytest.param(LATEST, "0/6000000", "0/6000078", "", id="latest to its end"),
        pytest.param(LATEST, "0/6000000", "0/5000028", "recovery-short", id="latest that lost its end"),
        pytest.param(LATEST, None, "0/5000028", "", id="latest after a crash"),
        pytest.param(IMMEDIATE, None, "0/3000100", "", id="the end of the backup"),
        pytest.param(IMMEDIATE, None, "0/30000F0", "recovery-short", id="not even consistent"),
    ],
)
def test_point_is_judged(plan: RecordedPlan, wal_end: str | None, lsn: str, code: str) -> None:
    reached, end = Reached(Lsn.parse(lsn), None, 1), Lsn.parse(wal_end) if wal_end else None
    if not code:
        prove(reached, plan=plan, wal_end=end)
        return
    with pytest.raises(Failed) as caught:
        prove(reached, plan=plan, wal_end=end)
    assert caught.value.code == code
    assert lsn in caught.value.message
