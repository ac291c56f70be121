# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recovery must have is given to it, or refused where no file could."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.preconditions.hot_standby import (
    raised_notes,
    raised_settings,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.replayed_records import ReplayedRecords
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import ParameterChange
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from sample_facts import BACKUP, BESIDE, FACTS, REQUEST

# The backup's server had 100 connections and 10 senders.
RAISED = ReplayedRecords(
    (
        ParameterChange(Lsn(1), "replica", {"max_connections": 300, "max_wal_senders": 10}),
        ParameterChange(Lsn(2), "replica", {"max_connections": 200, "max_wal_senders": 10}),
    )
)


@pytest.mark.parametrize(
    ("settings", "records", "raised"),
    [
        pytest.param({"max_connections": 100, "max_wal_senders": 10}, ReplayedRecords(), {}, id="as it was"),
        pytest.param(
            {"max_connections": 20, "max_wal_senders": 10}, ReplayedRecords(), {"max_connections": 100}, id="lowered"
        ),
        pytest.param(
            {"max_connections": 100, "max_wal_senders": 0},
            RAISED,
            {"max_connections": 300, "max_wal_senders": 10},
            id="the greatest on the way",
        ),
        pytest.param({"max_connections": 500, "max_wal_senders": 10}, RAISED, {}, id="more than enough"),
        pytest.param({}, RAISED, {"max_connections": 300}, id="only the backup has a configuration"),
    ],
)
def test_greatest_value_that_the_wal_needs_is_set(
    settings: Mapping[str, int], records: ReplayedRecords, raised: Mapping[str, int]
) -> None:
    facts = replace(FACTS, settings=settings)
    assert raised_settings(REQUEST, facts, backup=BACKUP, records=records) == raised
    assert len(raised_notes(raised, facts)) == len(raised)


def test_nothing_is_raised_where_nobody_is_let_in() -> None:
    facts = replace(FACTS, hot_standby=False, settings={"max_connections": 20})
    assert raised_settings(REQUEST, facts, backup=BACKUP, records=RAISED) == {}


def test_command_line_is_named_where_it_wins() -> None:
    facts = replace(
        FACTS, settings={"max_connections": 120, "max_wal_senders": 10}, command_line=frozenset({"max_connections"})
    )
    with pytest.raises(Refused, match="max_connections is 120, and the WAL needs 300") as caught:
        raised_settings(REQUEST, facts, backup=BACKUP, records=RAISED)
    assert caught.value.code == "hot-standby-settings"
    # A copy is started without it.
    assert raised_settings(BESIDE, facts, backup=BACKUP, records=RAISED) == {"max_connections": 300}
