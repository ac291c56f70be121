# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan is made of one look at a repository, and of a chain that can be extracted."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import backup_folder
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.plan import RestorePlan
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.absent.repository_snapshot import (
    RepositorySnapshot,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.manifests import Manifests
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.planning import Planner
from fake_runner import FakeRunner
from fixture_files import FIXTURES
from registered_cluster import SEGMENT_BYTES, SYSTEM_IDENTIFIER
from sample_cluster import sample_cluster
from verify_repository import FULL, NEXT

RECORD = "rmgr: Transaction len (rec/tot): 34/34, tx: {xid}, lsn: {lsn}, prev 0/28, desc: COMMIT {time} UTC\n"


class Programs(FakeRunner):
    """A stopped cluster with usual settings, and WAL with a commit in the middle of each segment up to 8."""

    def answer(self, argv: tuple[str, ...]) -> Result:
        program = os.path.basename(argv[0])
        if program == "pg_controldata":
            text = (FIXTURES / "pg_controldata-15.txt").read_text(encoding="utf-8")
            return Result(argv, 0, re.sub(r"(system identifier: +)\d+", rf"\g<1>{SYSTEM_IDENTIFIER}", text), "")
        if program == "postgres":
            return Result(argv, 0, "on\n" if argv[2] == "hot_standby" else "100\n", "")
        assert program == "pg_waldump", argv
        numbers = range(int(argv[-2][16:], 16), int(argv[-1][16:], 16) + 1)
        records = "".join(
            RECORD.format(xid=700 + number, lsn=position(number + 0.5), time=f"2026-11-22 {15 + number}:30:00.0")
            for number in numbers
        )
        end = f"pg_waldump: error: error in WAL record at {position(8.5)}: invalid record length at {position(8.6)}: x"
        return Result(argv, 1, records, end) if 8 in numbers else Result(argv, 0, records, "")


class CountingFolder(ClusterFolder):
    """Counts how often the archive is listed."""

    listings = 0

    def stored_wal(self) -> StoredWal:
        self.listings += 1
        return super().stored_wal()


class CountingManifests(Manifests):
    """Counts how often each manifest is asked for, and whether another one comes back."""

    def __init__(self, folder: ClusterFolder) -> None:
        super().__init__(folder)
        self.given: dict[str, set[int]] = {}

    def of(self, label: str) -> Any:
        manifest = super().of(label)
        self.given.setdefault(label, set()).add(id(manifest))
        return manifest


def position(segments: float) -> Lsn:
    return Lsn(int(segments * SEGMENT_BYTES))


def request(segments: float, **more: Any) -> RestoreRequest:
    return RestoreRequest("db1", RecoveryTarget.parse("lsn", str(position(segments))), **more)


def plan(folder: ClusterFolder, data_directory: Path, wanted: RestoreRequest, **more: Any) -> RestorePlan:
    cluster = sample_cluster(
        str(data_directory),
        system_identifier=SYSTEM_IDENTIFIER,
        segment_size=SegmentSize(SEGMENT_BYTES),
        running=False,
    )
    manifests = more.get("manifests") or Manifests(folder)
    return Planner(cluster, RepositorySnapshot(folder), manifests, Programs()).plan(wanted)


def spoil_manifest(folder: ClusterFolder, label: str) -> None:
    """As large as before, so that only reading it tells."""
    with open(f"{folder.storage.address(backup_folder(label))}/backup_manifest", "r+b") as stream:
        stream.seek(60)
        stream.write(b"?")


def test_stop_and_place_are_decided_from_one_look_at_the_repository(chain: ClusterFolder, data_directory: Path) -> None:
    folder = CountingFolder(os.path.dirname(chain.path), name=chain.name)
    manifests = CountingManifests(folder)
    found = plan(folder, data_directory, request(7.2), manifests=manifests)

    assert [link.label for link in found.replay.chain.links] == [FULL, NEXT]
    assert (found.replay.first_segment[-1], found.replay.last_segment[-1]) == ("6", "7")
    assert found.replay.stop.before is not None and found.replay.stop.before.lsn == position(6.5)
    assert (found.replay.loss.commits, found.replay.loss.complete) == (2, True)
    assert found.placement.base == f"{data_directory}.pitr-new"
    assert found.placement.links == {16400: "/srv/ts"}
    assert found.disks and all(disk.needed_bytes <= disk.free_bytes for disk in found.disks)
    assert folder.listings == 1
    assert {label: len(ids) for label, ids in manifests.given.items()} == {FULL: 1, NEXT: 1}


def test_damaged_link_is_passed_over_where_an_older_chain_leads_to_the_target(
    chain: ClusterFolder, data_directory: Path
) -> None:
    spoil_manifest(chain, NEXT)
    chosen = replace(request(7.2), backup=NEXT)
    with pytest.raises(Damaged) as caught:
        plan(chain, data_directory, chosen)
    assert caught.value.code == "backup-damaged"

    found = plan(chain, data_directory, request(7.2))
    assert found.replay.stop.backup.label == FULL
    assert any(note.startswith(f"'{NEXT}' is not used: the backup manifest") for note in found.notes)


def test_damage_is_told_where_it_is_the_reason(chain: ClusterFolder, data_directory: Path) -> None:
    spoil_manifest(chain, FULL)
    with pytest.raises(Damaged, match=FULL) as caught:
        plan(chain, data_directory, request(7.2))
    assert caught.value.code == "backup-damaged"


def test_copy_loses_nothing_and_reads_no_further(chain: ClusterFolder, data_directory: Path, tmp_path: Path) -> None:
    wanted = request(3.7, directory=str(tmp_path / "copy"), port=54999)
    found = plan(chain, data_directory, wanted)
    assert (found.replay.loss.commits, found.replay.stop.backup.label) == (0, FULL)
    assert (found.placement.pairs, found.placement.directory) == ((), str(tmp_path / "copy"))


def test_what_the_restore_before_kept_is_said_to_go(chain: ClusterFolder, data_directory: Path) -> None:
    kept = Path(f"{data_directory}.pitr-old")
    kept.mkdir()
    assert f"removed for this: {kept}, kept by the restore before" in plan(chain, data_directory, request(7.2)).notes
