# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.restore_point import RestorePointRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.server_log import ServerLog
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.proof import ArchiveProof
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.restore_point import (
    check_restore_point,
    make_restore_point,
)
from archiving_world import NOON, ArchivingWorld


@pytest.fixture
def world(tmp_path: Path) -> ArchivingWorld:
    return ArchivingWorld(tmp_path)


def test_restore_point_is_made_and_archived(world: ArchivingWorld) -> None:
    world.setup().run()
    server = world.connect()
    check_restore_point(server, cluster=world.cluster)
    proof = ArchiveProof(world.cluster, server=server, folder=world.folder, log=ServerLog(world.cluster, runner=world))

    made = make_restore_point(RestorePointRequest("before"), cluster=world.cluster, server=server, proof=proof)

    assert (made.name, str(made.lsn), made.moment) == ("before", "0/300100", NOON)
    assert str(made.segment) == "000000010000000000000003"


def test_standby_cannot_make_one(world: ArchivingWorld) -> None:
    world.in_recovery = True

    with pytest.raises(Refused) as caught:
        check_restore_point(world.connect(), cluster=world.cluster)
    assert caught.value.code == "standby"


def test_without_archiving_it_would_never_be_archived(tmp_path: Path) -> None:
    world = ArchivingWorld(tmp_path, archive_mode="off")

    with pytest.raises(Refused) as caught:
        check_restore_point(world.connect(), cluster=world.cluster)
    assert caught.value.code == "archiving-off"
