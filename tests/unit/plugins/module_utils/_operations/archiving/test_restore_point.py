# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.restore_point import RestorePointRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.server_log import ServerLog
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.proof import ArchiveProof
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.restore_point import (
    check_restore_point,
    make_restore_point,
    wait_for_moment,
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


def test_without_seconds_it_is_not_waited_for(world: ArchivingWorld) -> None:
    world.setup().run()
    server = world.connect()
    proof = ArchiveProof(world.cluster, server=server, folder=world.folder, log=ServerLog(world.cluster, runner=world))

    made = make_restore_point(RestorePointRequest("before", 0), cluster=world.cluster, server=server, proof=proof)

    assert (str(made.lsn), str(made.segment)) == ("0/300100", "000000010000000000000003")


class Clock:
    """One that goes on by what is slept, and a bit more."""

    def __init__(self, *, lag: float = 0.0) -> None:
        self.moment, self.lag = NOON, lag
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds + self.lag)


def test_moment_is_waited_for_in_pieces() -> None:
    clock = Clock()
    wait_for_moment(RestorePointRequest("a", moment=NOON + timedelta(seconds=2.5)), now=clock.now, sleep=clock.sleep)
    assert clock.slept == [1.0, 1.0, 0.5]
    wait_for_moment(RestorePointRequest("a"), now=clock.now, sleep=clock.sleep)
    assert len(clock.slept) == 3


def test_process_that_was_held_up_writes_nothing() -> None:
    clock = Clock(lag=2.0)
    with pytest.raises(Failed) as caught:
        wait_for_moment(RestorePointRequest("a", moment=NOON + timedelta(seconds=1)), now=clock.now, sleep=clock.sleep)
    assert caught.value.code == "restore-point-late"
