# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PostgreSQL itself is told to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.copy_end import CopyEnd
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from sample_plan import PLAN

LATEST = RecoveryTarget.parse("latest", True)


@pytest.mark.parametrize(
    ("hot_standby", "target", "action", "expected"),
    [
        pytest.param(True, PLAN.request.target, "promote", "pause", id="proven before it opens"),
        pytest.param(True, PLAN.request.target, "shutdown", "pause", id="proven before it stops"),
        pytest.param(True, LATEST, "promote", "promote", id="no target to pause at"),
        pytest.param(False, PLAN.request.target, "promote", "promote", id="nobody could look at a pause"),
        pytest.param(False, PLAN.request.target, "pause", "shutdown", id="a pause that nobody could end"),
        pytest.param(False, PLAN.request.target, "shutdown", "shutdown", id="shutdown"),
    ],
)
def test_server_pauses_wherever_the_point_can_be_proven_there(
    hot_standby: bool, target: RecoveryTarget, action: str, expected: str
) -> None:
    request = replace(PLAN.request, target=target, action=action)
    assert replace(PLAN, request=request, hot_standby=hot_standby).server_action == expected


def test_copy_without_a_target_ends_where_the_plan_ends() -> None:
    latest = replace(PLAN.request, target=LATEST)
    assert replace(PLAN, request=latest).copy_end is None, "in place the cluster writes no more"
    assert replace(PLAN, request=replace(PLAN.request, directory="/srv/copy")).copy_end is None
    end = replace(PLAN, request=replace(latest, directory="/srv/copy", port=5499)).copy_end
    stop = PLAN.replay.stop
    assert end == CopyEnd.at(stop.lsn, timeline=stop.timeline, size=stop.backup.segment_size)


def test_archive_is_read_to_its_end_without_a_target_alone() -> None:
    assert PLAN.archived_until == "000000010000000000000005"
    assert replace(PLAN, request=replace(PLAN.request, target=LATEST)).archived_until is None
