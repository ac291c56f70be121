# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only a stopped cluster has comes into the repository, or to where recovery reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from age_key import age_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.wal.unarchived_wal import (
    carry_wal,
    store_last_wal,
)
from control_file import write_control_file
from registered_cluster import SEGMENT_BYTES, SYSTEM_IDENTIFIER
from sample_cluster import sample_cluster

NAMES = {number: f"00000001{0:08X}{number:08X}" for number in range(9)}


@pytest.fixture
def cluster(make_segment: Callable[..., Path]) -> Cluster:
    """Segments 2 to 5 in its pg_wal, of which 3 is ready to be archived, and a history."""
    for number in (2, 3, 4, 5):
        source = make_segment(number)
    status = source.parent / "archive_status"
    status.mkdir(exist_ok=True)
    (status / f"{NAMES[3]}.ready").touch()
    return sample_cluster(
        str(source.parent.parent),
        system_identifier=SYSTEM_IDENTIFIER,
        segment_size=SegmentSize(SEGMENT_BYTES),
        running=False,
    )


def stored(folder: ClusterFolder) -> list[int]:
    return [number for number, name in NAMES.items() if folder.find_wal(name) is not None]


def test_what_was_ready_or_lost_is_archived_but_for_the_segment_being_written(
    folder: ClusterFolder, cluster: Cluster
) -> None:
    folder.store_wal(f"{cluster.wal_path}/{NAMES[2]}", data_directory=cluster.data_directory)
    assert store_last_wal(folder, cluster, first=NAMES[4], received={}) == ()
    # 3 was ready, 4 is needed and lost, 5 is not complete.
    assert stored(folder) == [2, 3, 4]


def test_what_cannot_be_stored_is_told(cluster: Cluster, tmp_path: Path) -> None:
    elsewhere = ClusterFolder(str(tmp_path / "nowhere"), name="db1")
    assert store_last_wal(elsewhere, cluster, first=NAMES[2], received={}) == (NAMES[3], NAMES[2], NAMES[4])


def test_segments_that_are_not_archived_are_carried_over(
    folder: ClusterFolder, cluster: Cluster, tmp_path: Path
) -> None:
    folder.store_wal(f"{cluster.wal_path}/{NAMES[4]}", data_directory=cluster.data_directory)
    Path(f"{cluster.wal_path}/00000002.history").write_text("1\t0/500000\twhy\n", encoding="utf-8")
    destination = tmp_path / "pg_wal"
    assert carry_wal(folder, cluster, destination=str(destination), first=NAMES[3], received={}) == (NAMES[3], NAMES[5])
    names = sorted(path.name for path in destination.iterdir())
    assert names == sorted([NAMES[3], NAMES[5], "00000002.history", "archive_status"])
    assert [path.name for path in (destination / "archive_status").iterdir()] == [f"{NAMES[5]}.done"]
    assert (destination / NAMES[5]).read_bytes() == Path(f"{cluster.wal_path}/{NAMES[5]}").read_bytes()


def test_what_was_streamed_counts_where_the_cluster_lacks_it(
    folder: ClusterFolder, cluster: Cluster, make_segment: Callable[..., Path], tmp_path: Path
) -> None:
    directory = tmp_path / "received"
    directory.mkdir()
    received = {}
    for number in (4, 5, 6):
        path = directory / f"{NAMES[number]}{'.partial' if number == 6 else ''}"
        make_segment(number).rename(path)
        received[NAMES[number]] = str(path)
    make_segment(5)
    history = directory / "00000002.history"
    history.write_text("1\t0/500000\twhy\n", encoding="utf-8")
    received[history.name] = str(history)

    assert store_last_wal(folder, cluster, first=NAMES[4], received=received) == ()
    assert stored(folder) == [3, 4, 5] and folder.find_wal(history.name) is not None

    destination = tmp_path / "pg_wal"
    assert carry_wal(folder, cluster, destination=str(destination), first=NAMES[3], received=received) == (NAMES[6],)
    assert (destination / NAMES[6]).read_bytes() == (directory / f"{NAMES[6]}.partial").read_bytes()
    assert [path.name for path in (destination / "archive_status").iterdir()] == [f"{NAMES[6]}.done"]


def test_what_was_streamed_from_a_lost_cluster_is_encrypted_with_the_secret_that_the_backup_has(
    folder: ClusterFolder, cluster: Cluster, tmp_path: Path
) -> None:
    directory = tmp_path / "received"
    Path(cluster.wal_path).rename(directory)
    received = {NAMES[number]: str(directory / NAMES[number]) for number in (4, 5)}
    lost, restored = replace(cluster, is_lost=True), tmp_path / "data.pitr-new"
    folder.recipients = (age_key()[1],)
    restored.mkdir()
    write_control_file(restored)

    assert store_last_wal(folder, lost, first=NAMES[4], received=received, restored=str(restored)) == ()
    assert (folder.find_wal(NAMES[4]) or "").endswith(".age")
