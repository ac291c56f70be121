# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as plain data and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.plan import RestorePlan
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.recorded_plan import (
    RecordedPlan,
    event_to_dict,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from sample_plan import BACKUP, BESIDE, COMMITTED, PLAN, REPLAY

COPY = replace(PLAN, request=replace(PLAN.request, directory="/copy", port=5499), placement=BESIDE)


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(PLAN, id="in place"),
        pytest.param(COPY, id="side by side"),
        pytest.param(replace(PLAN, placement=replace(PLAN.placement, links={16400: "/mnt/ts"})), id="tablespaces"),
        *(
            pytest.param(
                replace(PLAN, request=replace(PLAN.request, target=RecoveryTarget.parse(kind, value, inclusive=False))),
                id=kind,
            )
            for kind, value in (("lsn", "0/5000200"), ("xid", "745"), ("name", "rp1"), ("latest", True))
        ),
    ],
)
def test_plan_survives_the_round_trip(plan: RestorePlan) -> None:
    recorded = RecordedPlan.of(plan)
    assert RecordedPlan.parse(json.loads(json.dumps(recorded.to_record()))) == recorded


def test_people_are_not_shown_what_is_only_compared() -> None:
    plan = replace(PLAN, request=replace(PLAN.request, settings={"primary_conninfo": "password=canary"}))
    recorded = RecordedPlan.of(plan)
    assert recorded.to_record()["intent"] == recorded.intent != {}
    assert "intent" not in recorded.to_dict() and "canary" not in json.dumps(recorded.to_record())


def test_plan_as_data_is_plain() -> None:
    facts = RecordedPlan.of(PLAN).to_dict()
    assert facts["last_replayed"] == {
        "lsn": "0/5000028",
        "kind": "commit",
        "xid": 745,
        "time": "2026-09-15T12:00:00.000000Z",
    }
    assert facts["first_not_replayed"] is None
    assert facts["chain"] == [BACKUP.label]
    assert facts["target"] == {"kind": "time", "text": "2026-09-15T14:30:00+02:00"}
    assert (facts["segments"], facts["segments_not_archived"]) == (3, ["000000010000000000000005"])
    assert facts["kept_directory"] == "/pg/data.pitr-old"
    assert facts["loss"] == {"commits": 3, "complete": False, "last_commit": event_to_dict(COMMITTED)}


def test_plan_that_stops_at_the_end_of_a_backup_replays_no_transaction() -> None:
    replay = replace(REPLAY, stop=replace(REPLAY.stop, before=None))
    assert RecordedPlan.of(replace(PLAN, replay=replay)).to_dict()["last_replayed"] is None
