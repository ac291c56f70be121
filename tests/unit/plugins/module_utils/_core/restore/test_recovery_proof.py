# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as having reached the planned point."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.recovery_proof import Reached, prove
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn

PLAN: dict[str, Any] = {
    "backup_stop_lsn": "0/3000100",
    "target": {"kind": "time", "text": "2026-09-15T14:30:00Z"},
    "last_replayed": {"lsn": "0/5000000"},
    "first_not_replayed": {"lsn": "0/5000200"},
}
LATEST = {**PLAN, "target": {"kind": "latest", "text": "latest"}, "first_not_replayed": None}
IMMEDIATE = {**PLAN, "last_replayed": None}


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
def test_point_is_judged(plan: dict[str, Any], wal_end: str | None, lsn: str, code: str) -> None:
    reached = Reached(Lsn.parse(lsn), None, 1)
    if not code:
        prove(reached, plan=plan, wal_end=wal_end)
        return
    with pytest.raises(Failed) as caught:
        prove(reached, plan=plan, wal_end=wal_end)
    assert caught.value.code == code
    assert lsn in caught.value.message
