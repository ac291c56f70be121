# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of WAL that retention has removed."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.expired import (
    format_expired,
    joined,
    parse_expired,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from sample_stock import SIZE


def test_the_list_of_removed_wal_reads_back() -> None:
    expired = {1: IntervalSet((3, 5, 9, 10)), 2: IntervalSet((260, 300))}
    assert parse_expired(format_expired(expired, size=SIZE), size=SIZE) == expired
    assert joined(expired, {1: IntervalSet((5, 9)), 3: IntervalSet((1, 2))}) == {
        1: IntervalSet((3, 10)),
        2: expired[2],
        3: IntervalSet((1, 2)),
    }
    for text in ("", "[]", '{"format": 2, "ranges": []}', '{"format": 1, "ranges": [{"first_segment": "x"}]}'):
        with pytest.raises(Damaged):
            parse_expired(text, size=SIZE)
