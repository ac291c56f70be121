# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kit's workflows, node by node, with nothing but the answers of their survey."""

from __future__ import annotations

import pytest
from support.awx import Desk
from support.cluster import Cluster
from support.site import Site, lose_the_table
from support.workbench import Workbench

pytestmark = pytest.mark.versions(18)


@pytest.fixture
def desk(workbench: Workbench, cluster: Cluster) -> Desk:
    made = Desk(Site(workbench, {"db1": cluster}))
    job = made.launch("archive", "backup", pitr_archiving_allow_restart="true")
    assert job.exit_code == 0, job.output
    return made


def test_steps_restore_what_was_approved_and_a_denial_puts_back(desk: Desk, cluster: Cluster) -> None:
    target = lose_the_table(cluster)

    denied = desk.walk(
        "restore by steps",
        approvals={"approve": True, "approve_promotion": False},
        pitr_restore_target_time=target,
        pitr_restore_target_name="",
    )
    assert denied.nodes == [
        ("plan", True), ("approve", True), ("pause", True), ("checks", True), ("approve_promotion", False),
        ("put_back", False),
    ]  # fmt: skip
    assert denied.failed
    assert denied.jobs["pause"].result["clusters"]["db1"]["state"] == "paused"
    assert denied.jobs["put_back"].result["clusters"]["db1"]["state"] == "rolled_back", denied.jobs["put_back"].output
    assert cluster.value("SELECT count(*) FROM later") == 1 and cluster.value("SELECT NOT pg_is_in_recovery()")

    done = desk.walk(
        "restore by steps", approvals={"approve": True, "approve_promotion": True}, pitr_restore_target_time=target
    )
    assert done.way == ["plan", "approve", "pause", "checks", "approve_promotion", "promote", "backup"]
    assert not done.failed, done.jobs[done.nodes[-1][0]].output
    assert done.jobs["promote"].result["clusters"]["db1"]["state"] == "promoted"
    assert done.artifacts["pitr_result"]["clusters"]["db1"]["label"]
    assert cluster.value("SELECT count(*) FROM kept") == 500

    # What was promoted stays: the branch of a workflow that failed is not to roll back the restore of another one.
    spared = desk.launch("step put back")
    assert spared.exit_code == 2 and spared.statuses == {"db1": "ok"}, spared.output
    assert not spared.result["clusters"]["db1"]["changed"]
    assert cluster.value("SELECT count(*) FROM kept") == 500

    approved = desk.walk("restore by approval", approvals={"approve": True}, pitr_restore_target_latest="true")
    assert approved.way == ["plan", "approve", "restore"] and not approved.failed
    assert cluster.control()["Latest checkpoint's TimeLineID"] == "3"
