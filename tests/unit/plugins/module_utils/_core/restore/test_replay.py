# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WAL from the backup's beginning to the stop."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.replay import Loss, plan_replay
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory, TimelineSwitch
from sample_facts import BACKUP, FACTS, LATER, SIZE, STOP


def test_wal_is_named_from_the_backup_to_the_stop() -> None:
    replay = plan_replay(FACTS, stop=STOP, loss=Loss())
    assert (replay.first_segment[-1], replay.last_segment[-1], replay.segment_count) == ("3", "5", 3)
    assert replay.from_live == ("000000010000000000000005",)


def test_segment_that_holds_a_switch_is_read_from_the_successor() -> None:
    history = TimelineHistory(2, (TimelineSwitch(1, Lsn.parse("0/4800000")),))
    wal = ArchivedWal({1: IntervalSet((3, 5)), 2: IntervalSet((4, 6))}, {2: history}, SIZE)
    replay = plan_replay(replace(FACTS, wal=wal), stop=replace(STOP, timeline=2), loss=Loss())
    assert replay.wal == (SegmentRange(1, 3, 4), SegmentRange(2, 4, 6))
    assert (replay.first_segment, replay.last_segment) == ("000000010000000000000003", "000000020000000000000005")


def test_backup_that_ends_behind_the_stop_is_read_to_its_own_end() -> None:
    backup = replace(BACKUP, stop_lsn=Lsn.parse("0/5000100"))
    stop = replace(STOP, backup=backup, lsn=Lsn.parse("0/4000000"))
    assert plan_replay(FACTS, stop=stop, loss=Loss()).last_segment == "000000010000000000000005"


def test_chain_comes_from_the_full_backup_to_the_chosen_one() -> None:
    facts, stop = replace(FACTS, backups=(BACKUP, LATER)), replace(STOP, backup=LATER)
    replay = plan_replay(facts, stop=stop, loss=Loss())
    assert [link.label for link in replay.chain.links] == [BACKUP.label, LATER.label]
    with pytest.raises(Damaged) as caught:
        plan_replay(replace(facts, backups=(LATER,)), stop=stop, loss=Loss())
    assert caught.value.code == "chain-broken"
