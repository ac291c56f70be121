# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.wal.received_wal import (
    ReceivedWal,
    received_wal,
)
from registered_cluster import SYSTEM_IDENTIFIER
from sample_cluster import sample_cluster

SEGMENT, HISTORY = "000000010000000000000003", "00000002.history"


@pytest.fixture
def cluster() -> Cluster:
    """Whose WAL is received."""
    return sample_cluster("/gone", system_identifier=SYSTEM_IDENTIFIER, segment_size=SegmentSize(1 << 20))


def test_segments_and_histories_are_found(cluster: Cluster, make_segment: Callable[..., Path]) -> None:
    directory = make_segment(3, suffix=".partial").parent
    (directory / HISTORY).write_text("1\t0/500000\twhy\n", encoding="utf-8")

    found = received_wal(str(directory), cluster=cluster)
    assert found.files == {SEGMENT: f"{directory}/{SEGMENT}.partial", HISTORY: f"{directory}/{HISTORY}"}
    assert found.histories[2].contains(1)


def test_no_directory_is_none_and_one_without_wal_of_the_cluster_is_refused(
    cluster: Cluster, make_segment: Callable[..., Path], tmp_path: Path
) -> None:
    assert received_wal(None, cluster=cluster) == ReceivedWal()
    foreign = make_segment(3, system="4711").parent
    for directory in (foreign, tmp_path / "nowhere"):
        with pytest.raises(InvalidInput) as caught:
            received_wal(str(directory), cluster=cluster)
        assert caught.value.code == "received-wal-missing"
