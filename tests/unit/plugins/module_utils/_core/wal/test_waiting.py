# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.waiting import waiting_segments

A, B, C = (f"0000000100000000000000{number}" for number in ("0A", "0B", "0C"))


@pytest.mark.parametrize(
    ("status_names", "waiting"),
    [
        ([], []),
        ([f"{B}.ready", f"{A}.ready"], [A, B]),
        ([f"{A}.done", f"{B}.ready"], [B]),
        ([f"{A}.ready.tmp", A, f"{B}.ready~"], []),
        ([f"{A}.00000028.backup.ready", f"{B}.partial.ready", "00000002.history.ready", f"{C}.ready"], [C]),
        (["000000020000000000000003.ready", f"{C}.ready"], [C]),
        (["00000001000000010000000A.ready", f"{C}.ready"], [C, "00000001000000010000000A"]),
    ],
)
def test_segments_of_one_timeline_that_are_ready(status_names: list[str], waiting: list[str]) -> None:
    assert waiting_segments(status_names, timeline="00000001") == waiting
