# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up archiving without Ansible, as the program would: rehearsal, changes, proof."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.setup import ALREADY
from archiving_world import ArchivingWorld


@pytest.fixture
def world(tmp_path: Path) -> ArchivingWorld:
    return ArchivingWorld(tmp_path)


def test_fresh_cluster_is_registered_and_its_first_segment_arrives(world: ArchivingWorld) -> None:
    done = world.setup().run()

    assert done.plan.changed and not done.restarted
    assert (done.proof and done.proof.segment, done.reason) == ("000000010000000000000003", "")
    assert world.folder.identity().writers[0].data_directory == str(world.data)
    assert world.in_force["archive_command"] == world.request.archive_command
    assert "archive_timeout = 60" in world.config.read_text(encoding="utf-8")


def test_second_run_changes_nothing_and_needs_no_new_proof(world: ArchivingWorld) -> None:
    world.setup().run()
    before = world.config.read_text(encoding="utf-8")

    done = world.setup().run()

    assert (done.plan.changed, done.proof, done.reason) == (False, None, ALREADY)
    assert world.config.read_text(encoding="utf-8") == before
    assert world.asked.count("reload") == 1


def test_rehearsal_changes_nothing(world: ArchivingWorld) -> None:
    done = world.setup().rehearse()

    assert done.plan.changed and done.plan.registers
    assert (done.proof, done.reason, done.missing) == (None, "check mode", ())
    assert world.config.read_text(encoding="utf-8") == "port = 5432\n"
    assert world.repository.cluster_names() == ()


def test_rehearsal_takes_the_program_for_installed_and_a_run_does_not(world: ArchivingWorld) -> None:
    world.program.unlink()

    assert world.setup().rehearse().missing == (f"agent_path '{world.program}' does not exist",)
    with pytest.raises(Unavailable) as caught:
        world.setup().run()
    assert caught.value.code == "agent-missing"


def test_rehearsal_refuses_what_a_run_refuses(tmp_path: Path) -> None:
    world = ArchivingWorld(tmp_path, archive_command="cp %p /a/%f")

    for act in (world.setup().rehearse, world.setup().run):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "archive-command-foreign"


def test_restart_that_is_needed_is_refused_reported_or_planned(tmp_path: Path) -> None:
    world = ArchivingWorld(tmp_path, archive_mode="off")

    with pytest.raises(Refused) as caught:
        world.setup().run()
    assert caught.value.code == "restart-required"
    assert world.setup(allow_restart=True).rehearse().plan.restart
    done = world.setup(report_restart=True).run()
    assert (done.plan.settings.restart_required, done.restarted, done.reason) == (True, False, "restart")


def test_standby_is_set_up_and_proves_nothing(world: ArchivingWorld) -> None:
    world.in_recovery = True

    assert world.setup().run().reason == "standby"
