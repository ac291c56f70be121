# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.unstored_wal import (
    find_unstored,
    store_own_history,
    store_segments,
    unstored_of,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from registered_cluster import SEGMENT_BYTES, SYSTEM_IDENTIFIER, segment_content
from sample_cluster import sample_cluster


def name(number: int, *, timeline: int = 1) -> str:
    return f"{timeline:08X}00000000{number:08X}"


@pytest.fixture
def data(data_directory: Path, folder: ClusterFolder) -> Path:
    """A promoted standby: segment 1 is stored, it streamed 2 to 4, and writes 5 of timeline 2; 6 is a used file."""
    pg_wal = data_directory / "pg_wal"
    (pg_wal / "archive_status").mkdir(parents=True, exist_ok=True)
    for number in (1, 2, 3, 4):
        (pg_wal / name(number)).write_bytes(segment_content(number))
    (pg_wal / name(4, timeline=2)).write_bytes(segment_content(4))
    (pg_wal / name(5, timeline=2)).write_bytes(segment_content(5, timeline=2))
    (pg_wal / name(6, timeline=2)).write_bytes(segment_content(1))
    (pg_wal / "00000002.history").write_text(f"1\t0/{4 * SEGMENT_BYTES + 0x100:X}\tx\n")
    folder.store_wal(str(pg_wal / name(1)), data_directory=str(data_directory), compression="gzip")
    return data_directory


def found(folder: ClusterFolder, data: Path) -> tuple[str, ...]:
    return find_unstored(folder, wal_directory=f"{data}/pg_wal", system_identifier=SYSTEM_IDENTIFIER)


def test_what_the_standby_streamed_is_stored_once(folder: ClusterFolder, data: Path) -> None:
    assert found(folder, data) == (name(2), name(3), name(4, timeline=2))
    (data / "pg_wal" / "archive_status" / f"{name(4, timeline=2)}.ready").touch()
    cluster = sample_cluster(str(data), system_identifier=SYSTEM_IDENTIFIER)
    store_own_history(folder, cluster=cluster, timeline=2)
    assert folder.find_wal("00000002.history")
    assert folder.find_wal(name(2)) and folder.find_wal(name(3))
    # The server archives the one, and still writes the other.
    assert not folder.find_wal(name(4, timeline=2))
    assert not folder.find_wal(name(5, timeline=2))
    assert found(folder, data) == ()


def test_segment_that_went_meanwhile_is_no_failure(folder: ClusterFolder, data: Path) -> None:
    cluster = sample_cluster(str(data), system_identifier=SYSTEM_IDENTIFIER)
    (data / "pg_wal" / name(2)).unlink()
    store_segments(folder, [name(2), name(3)], cluster=cluster)
    assert not folder.find_wal(name(2)) and folder.find_wal(name(3))


def test_standby_stores_nothing(folder: ClusterFolder, data: Path) -> None:
    standby = sample_cluster(str(data), system_identifier=SYSTEM_IDENTIFIER, in_recovery=True)
    assert unstored_of(folder, cluster=standby, timeline=1) == ()
