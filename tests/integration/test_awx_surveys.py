# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers to the kit's surveys, also empty and odd ones, as the playbooks take them."""

from __future__ import annotations

from typing import Any

import pytest
from support.awx import Desk
from support.cluster import Cluster
from support.ports import PortLease
from support.site import Site
from support.workbench import Workbench

pytestmark = pytest.mark.versions(18)

POINT = "{{ it's }} one é"
# Each is one that AWX takes.
ODD: list[tuple[dict[str, Any], str]] = [
    ({"pitr_restore_target_time": "", "pitr_restore_target_name": "", "pitr_restore_backup": ""}, "target-count"),
    ({"pitr_restore_target_time": "2026-09-15 14:30"}, "target-no-offset"),
    ({"pitr_restore_target_name": "{{ 7 * 7 }}'\"\\ é"}, "target-unreachable"),
]


@pytest.fixture
def desk(workbench: Workbench, cluster: Cluster) -> Desk:
    # Without a limit no slot is made.
    cluster.configure(max_slot_wal_keep_size="1GB")
    return Desk(Site(workbench, {"db1": cluster}))


def test_answers_are_taken_as_they_are_meant(desk: Desk, cluster: Cluster) -> None:
    answered = desk.launch(
        "archive", "backup", "restore point", "verify", "expire", "report",
        pitr_archiving_allow_restart="true",
        pitr_archiving_restart_required="report",
        pitr_backup_type="full",
        pitr_backup_max_age_seconds=0,
        pitr_restore_point_name=POINT,
        pitr_backup_verify_backup="newest",
        pitr_backup_verify_sample_percent=1,
        pitr_backup_verify_heal="false",
    )  # fmt: skip
    assert answered.exit_code == 0, answered.output
    label = answered.result["clusters"]["db1"]["label"]

    # Those that nobody gave; and texts that were left empty.
    empty = desk.launch("archive", "verify", "backup", pitr_backup_verify_backup="", pitr_backup_max_age_seconds=3600)
    assert empty.exit_code == 0 and not empty.result["clusters"]["db1"]["changed"], empty.output
    # As far as it goes where there is no systemd.
    for name, answers in (("timers", {"pitr_backup_timers": "true"}), ("stream", {"pitr_streaming_state": "present"})):
        assert desk.record(name, check=True, **answers)["code"] in ("systemd-missing", None)

    for answers, code in ODD:
        refused = desk.record("restore plan", **answers)
        assert (refused["status"], refused["code"]) == ("failed", code), refused
    assert "{{ 7 * 7 }}'\"\\ é" in refused["msg"]

    named = {"pitr_restore_target_name": POINT, "pitr_restore_backup": label}
    assert desk.record("restore", **named, pitr_restore_confirm="db1@rollback")["code"] == "confirmation-differs"
    lease = PortLease.take()
    copy = {"pitr_restore_data_directory": str(cluster.base / "it's a copy"), "pitr_restore_port": lease.port}
    copied = desk.record("copy", **named, **copy)
    assert copied["state"] == "promoted", copied
    assert desk.record("rollback", pitr_restore_confirm="db1@rollback")["code"] == "rollback-nothing"
