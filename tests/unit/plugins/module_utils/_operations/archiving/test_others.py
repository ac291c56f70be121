# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError, Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository
from archiving_world import ArchivingWorld
from registered_cluster import register


class World(ArchivingWorld):
    """A second repository beside the first."""

    def __init__(self, directory: Path, *, is_required: bool = True) -> None:
        super().__init__(directory)
        self.far = Repository(str(directory / "far"), name="far", is_required=is_required)
        Path(self.far.path).mkdir(mode=0o700)
        self.repository.others = (self.far,)


def test_cluster_is_registered_in_each_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.setup().rehearse().changed and world.far.cluster_names() == ()
    assert world.setup().run().changed
    assert world.far.cluster("db1").identity().writers[0].data_directory == str(world.data)
    assert not world.setup().run().changed


def test_repository_that_is_added_later_gets_the_cluster_too(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.repository.others = ()
    world.setup().run()
    world.last_archived = "000000010000000000000003"
    world.repository.others = (world.far,)
    done = world.setup().run()
    assert done.changed and not done.plan.changed and world.far.cluster_names() == ("db1",)


def test_repository_of_another_cluster_is_refused_before_anything_changes(tmp_path: Path) -> None:
    world = World(tmp_path)
    folder = register(Path(world.far.path), data_directory=world.data)
    text = Path(f"{folder.path}/cluster.json").read_text()
    Path(f"{folder.path}/cluster.json").write_text(text.replace('"7123456789012345678"', '"1"'))
    with pytest.raises(Refused) as caught:
        world.setup().run()
    assert caught.value.code == "repository-foreign" and world.repository.cluster_names() == ()


@pytest.mark.parametrize("is_required", [True, False])
def test_repository_that_is_away_stops_what_needs_it(is_required: bool, tmp_path: Path) -> None:
    world = World(tmp_path, is_required=is_required)
    Path(world.far.path).rmdir()
    if is_required:
        with pytest.raises(PitrError) as caught:
            world.setup().run()
        assert caught.value.code == "repository-missing"
        return
    (other,) = world.setup().run().others
    assert not other.changed and "is not a directory that exists" in other.away
