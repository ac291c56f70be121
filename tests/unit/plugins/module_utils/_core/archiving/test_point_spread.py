# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far apart a restore point lies, and whether it is one moment."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.point_spread import PointSpread
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed

NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)


def spread(*lacking: str, clocks_ms: float | None = 31.0, **milliseconds: float) -> PointSpread:
    """With so many milliseconds after noon by host."""
    written = {host: NOON + timedelta(milliseconds=after) for host, after in milliseconds.items()}
    return PointSpread("before", written, lacking, NOON, 1000, clocks_ms)


def test_moment_of_all_is_coordinated_and_told() -> None:
    found = spread(db1=1.0, db2=13.4, db3=3.0)

    found.check()
    assert found.to_dict() == {
        "name": "before",
        "moment": "2026-09-15T12:00:00.000000Z",
        "spread_ms": 12.4,
        "clocks_ms": 31.0,
        "coordinated": True,
        "written": ["db1", "db2", "db3"],
        "lacking": [],
        "late": [],
    }
    assert found.line() == "'before' in 3 clusters within 12.4 ms, by clocks at most 31 ms apart"


def test_cluster_alone_is_coordinated_with_itself() -> None:
    found = PointSpread("before", {"db1": NOON + timedelta(hours=1)})

    found.check()
    assert found.spread_ms == 0.0 and found.late == ()
    assert found.line() == "'before' in 1 cluster"


@pytest.mark.parametrize(
    ("found", "told"),
    [
        pytest.param(spread("db2", db1=1.0), "db1 has it; db2 has not", id="one lacks it"),
        pytest.param(spread("db2", "db3", db1=1.0, db4=2.0), "db1, db4 have it; db2, db3 have not", id="two lack it"),
        pytest.param(spread("db1", "db2"), "no cluster has it; db1, db2 have not", id="nobody has it"),
        pytest.param(spread(db1=1.0, db2=1000.1), "db2 wrote it more than 1000 ms late", id="one is late"),
    ],
)
def test_who_has_it_is_told_when_it_is_not_one_moment(found: PointSpread, told: str) -> None:
    with pytest.raises(Failed) as caught:
        found.check()
    assert caught.value.code == "restore-point-not-coordinated"
    assert told in caught.value.message and caught.value.hint
    assert not found.to_dict()["coordinated"]


def test_line_of_what_is_not_coordinated_says_so() -> None:
    assert (
        spread(db1=1.0, db2=2001.0, clocks_ms=None).line() == "'before' in 2 clusters within 2000 ms, not coordinated"
    )
    assert spread("db1").line() == "'before' in 0 clusters" and spread("db1").spread_ms is None
