# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timeline histories: reading those of the repository, and storing those that it lacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Missing
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.histories import (
    check_history,
    histories_to_store,
    read_histories,
    store_histories,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from sample_cluster import sample_cluster

TWO = "1\t0/480000\tbefore\n"
THREE = "1\t0/480000\tbefore\n2\t0/680000\tbefore\n"


@pytest.fixture
def wal(data_directory: Path) -> Path:
    """The directory pg_wal of a cluster on timeline 3."""
    directory = data_directory / "pg_wal"
    (directory / "00000002.history").write_text(TWO)
    (directory / "00000003.history").write_text(THREE)
    return directory


def test_what_the_repository_lacks_is_stored(folder: ClusterFolder, data_directory: Path, wal: Path) -> None:
    cluster = sample_cluster(str(data_directory))
    assert histories_to_store(folder, cluster=cluster, timeline=3) == ("00000002.history", "00000003.history")
    store_histories(folder, ["00000002.history"], cluster=cluster)
    assert histories_to_store(folder, cluster=cluster, timeline=3) == ("00000003.history",)
    assert histories_to_store(folder, cluster=cluster, timeline=1) == ()
    (wal / "00000003.history").unlink()
    assert histories_to_store(folder, cluster=cluster, timeline=3) == ()


def test_a_damaged_history_hides_no_other(folder: ClusterFolder, data_directory: Path, wal: Path) -> None:
    (wal / "00000003.history").write_text("nonsense\n")
    names = ("00000002.history", "00000003.history")
    store_histories(folder, names, cluster=sample_cluster(str(data_directory)))
    found = read_histories(folder, [*names, "00000009.history", "000000010000000000000003"])
    assert list(found.known) == [2] and [str(each.lsn) for each in found.known[2].ancestors] == ["0/480000"]
    assert sorted(found.damaged) == [3, 9]
    assert "timeline 3" in found.damaged[3]


@pytest.mark.parametrize(
    ("timeline", "is_stored", "is_in_pg_wal", "passes"),
    [
        pytest.param(1, False, False, True, id="the first timeline needs none"),
        pytest.param(2, True, False, True, id="stored"),
        pytest.param(2, False, True, True, id="can be stored"),
        pytest.param(2, False, False, False, id="nowhere"),
    ],
)
def test_history_of_the_clusters_timeline(
    folder: ClusterFolder,
    data_directory: Path,
    wal: Path,
    timeline: int,
    *,
    is_stored: bool,
    is_in_pg_wal: bool,
    passes: bool,
) -> None:
    cluster = sample_cluster(str(data_directory))
    if is_stored:
        store_histories(folder, ["00000002.history"], cluster=cluster)
    if not is_in_pg_wal:
        (wal / "00000002.history").unlink()
    if passes:
        check_history(folder, cluster=cluster, timeline=timeline)
        return
    with pytest.raises(Missing, match=r"'00000002\.history'") as caught:
        check_history(folder, cluster=cluster, timeline=timeline)
    assert caught.value.code == "history-missing"
