# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many commits a restore takes away, on whichever timeline it stops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.loss import loss_behind
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.timeline_selection import select_timeline
from made_up_timelines import EVENTS, search, wanted
from sample_facts import FACTS


@pytest.mark.parametrize(
    ("current", "target", "commits", "last_xid"),
    [
        pytest.param(1, {"time": 35}, 3, 16, id="behind the target"),
        pytest.param(1, {"time": 55}, 1, 16, id="one commit"),
        pytest.param(3, {"latest": True}, 0, None, id="nothing"),
        pytest.param(2, {"time": 35}, 4, 31, id="of the ancestor's rest and the own part"),
        pytest.param(2, {"time": 52}, 3, 31, id="on an ancestor's part that was left: all since the fork"),
        pytest.param(3, {"time": 115}, 3, 40, id="on a sibling: all since the common ancestor was left"),
    ],
)
def test_commits_of_the_clusters_own_path_are_counted(
    current: int, target: dict[str, Any], commits: int, last_xid: int | None
) -> None:
    found = search()
    facts = replace(FACTS, wal=found.wal, current_timeline=current)
    stop = select_timeline(found, wanted(target), current=current).stop
    loss = loss_behind(stop, search=found, facts=facts)
    assert (loss.commits, loss.complete) == (commits, True)
    assert (loss.last.xid if loss.last else None) == last_xid


def test_backup_without_a_commit_behind_it_counts_from_its_end() -> None:
    found = search()
    stop = found.on(1, wanted({"immediate": True}))
    assert stop.before is None
    loss = loss_behind(stop, search=found, facts=replace(FACTS, wal=found.wal, current_timeline=1))
    assert loss.commits == len([event for event in EVENTS[1] if event.xid and event.lsn >= stop.backup.stop_lsn])
