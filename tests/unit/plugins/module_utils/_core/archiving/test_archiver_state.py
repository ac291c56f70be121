# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_state import (
    WalRoom,
    check_queue,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput


@pytest.mark.parametrize(
    ("queue_max_bytes", "expected"),
    [pytest.param(None, False, id="no limit"), pytest.param(10, False, id="just so"), pytest.param(9, True, id="over")],
)
def test_queue_is_over_when_more_waits_than_may(queue_max_bytes: int | None, *, expected: bool) -> None:
    assert WalRoom(10, 100, 100, queue_max_bytes).is_over is expected


def test_limit_of_the_queue_is_a_number_of_bytes() -> None:
    for good in (None, 0, 1 << 60):
        check_queue(good)
    for bad in (-1, 1 << 61):
        with pytest.raises(InvalidInput) as caught:
            check_queue(bad)
        assert caught.value.code == "option-out-of-range"
