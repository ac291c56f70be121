# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.preflight import (
    check_agent,
    check_repository,
    check_repository_is_not_lost,
    check_rights,
    is_made_by_earlier_task,
    present_identity,
)
from archiving_world import ArchivingWorld
from fake_runner import FakeRunner
from scripted_server import ScriptedServer


class Broken(FakeRunner):
    """A program that does not start."""

    def answer(self, argv: tuple[str, ...]) -> Result:
        return Result(argv, 126, "", "no interpreter\n")


@pytest.fixture
def world(tmp_path: Path) -> ArchivingWorld:
    return ArchivingWorld(tmp_path)


@pytest.mark.parametrize(
    ("harm", "code", "words"),
    [
        pytest.param(lambda world: world.program.unlink(), "agent-missing", "does not exist", id="no program"),
        pytest.param(
            lambda world: (world.program.parent / "db1.conf").unlink(), "agent-config-missing", "db1.conf", id="no file"
        ),
    ],
)
def test_program_that_postgresql_could_not_run(
    world: ArchivingWorld, harm: Callable[[ArchivingWorld], None], code: str, words: str
) -> None:
    harm(world)

    with pytest.raises(Unavailable) as caught:
        check_agent(world.request, cluster=world.cluster, runner=world)
    assert caught.value.code == code and words in caught.value.message
    assert is_made_by_earlier_task(caught.value)


def test_program_that_does_not_run_is_told_in_its_words(world: ArchivingWorld) -> None:
    with pytest.raises(Unavailable) as caught:
        check_agent(world.request, cluster=world.cluster, runner=Broken())
    assert caught.value.code == "agent-broken" and "exit code 126: no interpreter" in caught.value.message
    assert not is_made_by_earlier_task(caught.value)


def test_repository_inside_the_data_directory_is_refused(world: ArchivingWorld) -> None:
    with pytest.raises(PitrError) as caught:
        check_repository(world.repository, cluster=replace(world.cluster, data_directory=str(world.data.parent)))
    assert caught.value.code == "repository-inside-data-directory"


def test_folder_that_is_gone_is_not_begun_anew(world: ArchivingWorld) -> None:
    assert present_identity(world.folder) is None
    check_repository_is_not_lost(
        world.folder, server=world.connect(), in_force=world.connect().settings(), command=world.request.archive_command
    )
    world.setup().run()
    (Path(world.folder.path) / "cluster.json").unlink()

    with pytest.raises(Unavailable) as caught:
        world.setup().run()
    assert caught.value.code == "repository-missing" and "000000010000000000000003 already" in caught.value.message


def test_login_without_rights_is_refused(world: ArchivingWorld) -> None:
    with pytest.raises(PitrError) as caught:
        check_rights(ScriptedServer({"rolsuper": [(False,)]}), cluster=world.cluster)
    assert caught.value.code == "permission-missing"
