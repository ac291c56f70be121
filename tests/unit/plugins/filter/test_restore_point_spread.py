# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pgfleet.pitr.plugins.filter.restore_point_spread import FilterModule

spread = FilterModule().filters()["restore_point_spread"]
AGREED = {"writers": ["db1", "db2"], "at": "2026-09-15T12:30:00.000000Z", "clocks_ms": 9.0}


def made(second: str, name: str = "before") -> dict[str, Any]:
    result = {"restore_point_name": name, "time": f"2026-09-15T12:30:{second}Z"}
    return {"pitr_archiving_restore_point": result}


def test_spread_is_that_of_all_writers() -> None:
    found = spread({"db1": made("00.001000"), "db2": made("00.004000")}, AGREED, "before", "1000")
    assert (found["failed"], found["spread_ms"], found["written"]) == (False, 3.0, ["db1", "db2"])
    assert found["line"].startswith("'before' in 2 clusters within 3 ms")


def test_cluster_with_nothing_or_with_what_an_earlier_play_left_lacks_it() -> None:
    for other in ({}, made("00.004000", "earlier"), {"pitr_archiving_restore_point": {"failed": True}}):
        found = spread({"db1": made("00.001000"), "db2": other}, AGREED, "before", 1000)
        assert found["failed"] and found["code"] == "restore-point-not-coordinated"
        assert (found["written"], found["lacking"]) == (["db1"], ["db2"])
