# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events in WAL."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import (
    ABORT,
    COMMIT,
    RESTORE_POINT,
    WalEvent,
    WalExtract,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(COMMIT, True, id="commit"),
        pytest.param(ABORT, True, id="abort"),
        pytest.param(RESTORE_POINT, False, id="restore point"),
    ],
)
def test_recovery_compares_ends_of_transactions(kind: str, *, expected: bool) -> None:
    assert WalEvent(Lsn(1), kind).ends_transaction is expected


def test_commits_are_neither_aborts_nor_restore_points() -> None:
    events = tuple(WalEvent(Lsn(place), kind) for place, kind in enumerate((COMMIT, ABORT, RESTORE_POINT, COMMIT)))
    assert WalExtract(events).commits == (events[0], events[3])
    assert WalExtract(()).commits == ()
