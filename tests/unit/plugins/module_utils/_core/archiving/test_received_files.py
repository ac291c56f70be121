# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.received_files import removable_segments

FIRST, SECOND, THIRD = (f"0000000100000000000000{number:02X}" for number in (1, 2, 3))
NEXT_LOG = "000000010000000100000000"
SUCCESSOR = "000000020000000000000003"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param([], (), id="nothing"),
        pytest.param([FIRST], (), id="the newest stays"),
        pytest.param([SECOND, FIRST], (FIRST,), id="oldest first"),
        pytest.param([FIRST, f"{SECOND}.partial"], (), id="a partial one is not the newest whole one"),
        pytest.param([NEXT_LOG, THIRD, SECOND], (SECOND, THIRD), id="across logs"),
        pytest.param([SUCCESSOR, THIRD], (THIRD,), id="the later timeline of one number"),
        pytest.param(["000000020000000000000001", SECOND], ("000000020000000000000001",), id="number before timeline"),
        pytest.param([FIRST, f"{FIRST}.gz", f"{SECOND}.zst", "00000002.history", THIRD], (FIRST,), id="others never"),
        pytest.param(["notes.txt", "archive_status", "00000001000000000000000a", SECOND], (), id="no WAL"),
    ],
)
def test_what_may_be_looked_at(names: list[str], expected: tuple[str, ...]) -> None:
    assert removable_segments(names) == expected
