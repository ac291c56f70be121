# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.plan import (
    ArchivePlan,
    plan_archive,
    registered_now,
)
from archiving_world import ArchivingWorld


@pytest.fixture
def world(tmp_path: Path) -> ArchivingWorld:
    return ArchivingWorld(tmp_path)


def plan_of(world: ArchivingWorld) -> ArchivePlan:
    return plan_archive(world.request, cluster=world.cluster, server=world.connect(), folder=world.folder)


def test_plan_names_every_step_and_touches_nothing(world: ArchivingWorld) -> None:
    plan = plan_of(world)

    assert {step.name for step in plan.settings.steps} == {"archive_command", "archive_timeout"}
    assert (plan.registers, plan.changed, plan.restart, plan.histories) == (True, True, False, ())
    assert world.request.archive_command in plan.texts[str(world.config)]
    assert world.config.read_text(encoding="utf-8") == "port = 5432\n"


def test_history_that_only_the_cluster_has_is_planned(world: ArchivingWorld) -> None:
    (world.data / "pg_wal" / "00000002.history").write_text("1\t0/200000\tx\n", encoding="utf-8")
    server = world.connect()
    server._answers = {**server._answers, "pg_walfile_name": [("000000020000000000000003",)]}

    plan = plan_archive(world.request, cluster=world.cluster, server=server, folder=world.folder)

    assert plan.histories == ("00000002.history",)


def test_nothing_is_left_to_do_after_a_run(world: ArchivingWorld) -> None:
    world.setup().run()

    plan = plan_of(world)

    assert not plan.changed and plan.identity == plan.identity_before


def test_folder_of_another_cluster_is_refused(world: ArchivingWorld) -> None:
    world.setup().run()

    with pytest.raises(Refused) as caught:
        registered_now(world.folder.identity(), name="db1", cluster=replace(world.cluster, system_identifier="9"))
    assert caught.value.code == "repository-foreign"


def test_restart_is_named_with_what_it_is_for(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        plan_of(ArchivingWorld(tmp_path, archive_mode="off"))
    assert "to change archive_mode from 'off' to 'on'; nothing was changed" in caught.value.message
