# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize

SIZE = SegmentSize(16 << 20)
NAMES = (
    "0000000100000000000000FE",
    "0000000100000000000000FF",
    "000000010000000100000000",
    "000000010000000100000000.00000028.backup",
    "000000010000000100000005",
    "00000003.history",
)


def test_segments_are_runs_and_the_others_names() -> None:
    stored = StoredWal.of(reversed(NAMES), size=SIZE)
    assert stored.intervals == {1: IntervalSet((254, 257, 261, 262))}
    assert stored.others == ("000000010000000100000000.00000028.backup", "00000003.history")
    assert stored.timelines() == (1, 3)
    assert sorted(stored.names()) == sorted(NAMES)


def test_what_is_stored_is_told_by_name() -> None:
    stored = StoredWal.of(NAMES, size=SIZE)
    assert all(stored.has(name) for name in NAMES)
    for absent in ("000000010000000100000001", "000000020000000100000000", "00000002.history"):
        assert not stored.has(absent)
