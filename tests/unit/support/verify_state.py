# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state of verification, and files to verify, for tests."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.damage import FileIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.selection import BackupFile
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state import VerifyState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize

SIZE = SegmentSize(16 * 1024 * 1024)


DAY_1 = datetime(2026, 11, 1, tzinfo=timezone.utc)


DAY_2 = DAY_1 + timedelta(days=1)


DAY_3 = DAY_1 + timedelta(days=2)


IDENTITY = FileIdentity(4711, 5, 1_700_000_000_123_456_789)


FILES = [BackupFile("b1", "base.tar.zst", 60), BackupFile("b1", "16384.tar.zst", 30), BackupFile("b2", "base.tar", 10)]


def moments(state: VerifyState, intervals: IntervalSet) -> list[tuple[datetime | None, int, int]]:
    found = [(moment, each.first, each.end) for moment, each in state.wal_moments(1, intervals)]
    return sorted(found, key=lambda each: each[1])
