# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.streaming.slot import (
    CreateSlot,
    DropSlot,
    SlotStep,
    SlotUse,
    plan_on_standby,
    plan_slot,
    slot_bound,
    slot_line,
    slot_name,
)

NAME = "pgpitr_db1"
CREATE, DROP = f"create replication slot {NAME}", f"drop replication slot {NAME}"
IDLE, OURS = SlotUse(), SlotUse(is_active=True, used_by=NAME, flushed="0/3000000")


@pytest.mark.parametrize(
    ("wanted", "cluster", "expected"),
    [
        (None, "db1", "pgpitr_db1"),
        (None, "Prod.db-1", "pgpitr_prod_db_1"),
        (None, "x" * 80, "pgpitr_" + "x" * 56),
        ("pgpitr_other", "db1", "pgpitr_other"),
    ],
)
def test_name(wanted: str | None, cluster: str, expected: str) -> None:
    assert slot_name(wanted, cluster_name=cluster) == expected


@pytest.mark.parametrize(
    "wanted", ["standby1", "pgpitr_", "pgpitr_A", "pgpitr_a b", "pgpitr_" + "a" * 57, "pgpitr_a\n"]
)
def test_name_that_could_be_anothers_or_none_is_refused(wanted: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        slot_name(wanted, cluster_name="db1")
    assert caught.value.code == "slot-name-invalid"


@pytest.mark.parametrize(
    ("present", "is_wanted", "steps"),
    [
        pytest.param(None, True, [CREATE], id="none"),
        pytest.param(IDLE, True, [], id="there"),
        pytest.param(OURS, True, [], id="in use by ours"),
        pytest.param(SlotUse(wal_status="lost"), True, [DROP, CREATE], id="lost"),
        pytest.param(SlotUse(wal_status="unreserved"), True, [], id="about to be lost"),
        pytest.param(None, False, [], id="none wanted and none"),
        pytest.param(IDLE, False, [DROP], id="none wanted"),
        pytest.param(SlotUse(wal_status="lost"), False, [DROP], id="none wanted, lost"),
    ],
)
def test_steps(present: SlotUse | None, is_wanted: bool, steps: list[str]) -> None:
    assert [str(step) for step in plan_slot(NAME, present=present, is_wanted=is_wanted)] == steps


@pytest.mark.parametrize("is_wanted", [True, False])
@pytest.mark.parametrize(
    ("present", "code"),
    [
        (SlotUse(kind="logical"), "slot-foreign"),
        (SlotUse(is_active=True, used_by="walreceiver"), "slot-in-use"),
        (SlotUse(is_active=True), "slot-in-use"),
    ],
)
def test_slot_of_somebody_else_is_left_alone(present: SlotUse, code: str, is_wanted: bool) -> None:
    with pytest.raises(Refused) as caught:
        plan_slot(NAME, present=present, is_wanted=is_wanted)
    assert caught.value.code == code


def test_slot_is_not_dropped_while_ours_uses_it() -> None:
    with pytest.raises(Refused) as caught:
        plan_slot(NAME, present=OURS, is_wanted=False)
    assert caught.value.code == "slot-in-use"


def test_what_bounds_a_slot() -> None:
    assert slot_bound(NAME, limit_bytes=1 << 30, unbounded="refuse") is None
    assert slot_bound(NAME, limit_bytes=0, unbounded="refuse") is None
    assert "does not limit" in (slot_bound(NAME, limit_bytes=None, unbounded="warn") or "")
    with pytest.raises(Refused) as caught:
        slot_bound(NAME, limit_bytes=None, unbounded="refuse")
    assert caught.value.code == "slot-unbounded"


@pytest.mark.parametrize(
    ("use", "line"),
    [
        (None, "there is no such slot"),
        (IDLE, "nobody streams"),
        (SlotUse(kept_bytes=0), "nobody streams, keeps 0 B of WAL"),
        (SlotUse(is_active=True, used_by=NAME), "streams, received up to nothing yet"),
    ],
)
def test_line(use: SlotUse | None, line: str) -> None:
    assert slot_line(NAME, use) == f"{NAME}: {line}"


@pytest.mark.parametrize(
    ("present", "steps"),
    [
        pytest.param(None, [], id="none"),
        pytest.param(IDLE, [DROP], id="of a former primary"),
        pytest.param(OURS, [], id="in use"),
        pytest.param(SlotUse(kind="logical"), [], id="not ours"),
    ],
)
def test_slot_that_keeps_wal_for_nobody_on_a_standby_goes(present: SlotUse | None, steps: list[str]) -> None:
    assert [str(step) for step in plan_on_standby(NAME, present=present)] == steps


@pytest.mark.parametrize(
    ("step", "present", "is_done"),
    [
        pytest.param(CreateSlot(NAME), None, False, id="none"),
        pytest.param(CreateSlot(NAME), IDLE, True, id="made by another"),
        pytest.param(CreateSlot(NAME), OURS, True, id="made by its receiver"),
        pytest.param(CreateSlot(NAME), SlotUse(wal_status="lost"), False, id="lost"),
        pytest.param(CreateSlot(NAME), SlotUse(kind="logical"), False, id="logical"),
        pytest.param(DropSlot(NAME), None, True, id="dropped by another"),
        pytest.param(DropSlot(NAME), IDLE, False, id="still there"),
    ],
)
def test_step_that_somebody_else_has_done(step: SlotStep, present: SlotUse | None, is_done: bool) -> None:
    assert step.is_done(present) is is_done
