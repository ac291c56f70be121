# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.server_log import ServerLog
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.proof import ArchiveProof
from archiving_world import NOON, ArchivingWorld
from scripted_server import ScriptedServer

SEGMENT = "000000010000000000000003"


@pytest.fixture
def world(tmp_path: Path) -> ArchivingWorld:
    found = ArchivingWorld(tmp_path)
    found.setup().run()
    return found


def proof_of(world: ArchivingWorld, *stats: tuple[Any, ...]) -> ArchiveProof:
    """The proof on a server whose archiver says one after the other, and then stays with the last."""
    said = list(stats)
    answers = {
        "pg_stat_archiver": lambda: [said.pop(0) if len(said) > 1 else said[0]],
        "pg_is_in_recovery": [(False,)],
        "pg_walfile_name": [(SEGMENT,)],
        "pg_switch_wal": [],
    }
    log = ServerLog(world.cluster, runner=world)
    return ArchiveProof(world.cluster, server=ScriptedServer(answers), folder=world.folder, log=log)


@pytest.mark.parametrize(
    ("stats", "expected"),
    [
        pytest.param((1, SEGMENT, NOON, 0, None, None), True, id="archived and stored"),
        pytest.param((0, None, None, 0, None, None), False, id="nothing archived yet"),
        pytest.param((1, SEGMENT, NOON, 1, "S", NOON + timedelta(seconds=1)), False, id="fails since"),
        pytest.param((1, "000000010000000000000009", NOON, 0, None, None), False, id="not in the repository"),
    ],
)
def test_proof_that_stands_already(world: ArchivingWorld, stats: tuple[Any, ...], expected: bool) -> None:
    assert proof_of(world, stats).stands_already(archive_timeout_seconds=60) is expected


def test_file_that_has_waited_for_long_disproves_it(world: ArchivingWorld) -> None:
    waiting = world.data / "pg_wal" / "archive_status" / "000000010000000000000004.ready"
    waiting.touch()
    os.utime(waiting, (1, 1))

    assert not proof_of(world, (1, SEGMENT, NOON, 0, None, None)).stands_already(archive_timeout_seconds=60)


def test_segment_that_arrives(world: ArchivingWorld) -> None:
    proof = proof_of(world, (0, None, None, 0, None, None), (1, SEGMENT, NOON, 0, None, None))

    assert proof.make(lambda: Lsn.parse("0/300100"), timeout_seconds=5).segment == SEGMENT


def test_archiver_that_gave_up_is_told_in_its_own_words(world: ArchivingWorld) -> None:
    fresh, failing = (0, None, None, 0, None, None), (0, None, None, 3, SEGMENT, NOON)
    proof = proof_of(world, fresh, failing)

    def write() -> Lsn:
        (world.data / "server.log").write_text("LOG: other\npgpitr: no room\n", encoding="utf-8")
        return Lsn.parse("0/900100")

    with pytest.raises(Failed) as caught:
        proof.make(write, timeout_seconds=5)
    assert caught.value.code == "archiving-failed"
    assert caught.value.message.endswith(
        "the archiver is failing on 000000010000000000000003 (3 failures so far): pgpitr: no room"
    )


def test_segment_that_does_not_arrive_in_time(world: ArchivingWorld) -> None:
    with pytest.raises(Failed) as caught:
        proof_of(world, (0, None, None, 0, None, None)).make(lambda: Lsn.parse("0/900100"), timeout_seconds=0.1)
    assert "the server's log is silent, or cannot be read" in caught.value.message
