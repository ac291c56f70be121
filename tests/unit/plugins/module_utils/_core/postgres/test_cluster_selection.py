# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster_selection import (
    check_supported,
    select_cluster,
)
from sample_cluster import sample_cluster

ONE = sample_cluster("/pg/one")
TWO = sample_cluster("/pg/two", port=5433, running=False)


@pytest.mark.parametrize(
    ("clusters", "port", "expected"),
    [
        pytest.param([ONE], None, ONE, id="the only one"),
        pytest.param([ONE], 5432, ONE, id="the only one, on the port that was named"),
        pytest.param([ONE, TWO], 5433, TWO, id="one of two, by its port"),
    ],
)
def test_cluster_that_is_meant(clusters: list[Cluster], port: int | None, expected: Cluster) -> None:
    assert select_cluster(clusters, port=port) is expected


@pytest.mark.parametrize(
    ("clusters", "port", "code", "words"),
    [
        pytest.param([], None, "cluster-missing", "on this host; '/x' is not readable", id="none"),
        pytest.param(
            [ONE, TWO], None, "cluster-ambiguous", "2 clusters: '/pg/one' (version 15, port 5432, r", id="two"
        ),
        pytest.param([ONE, replace(TWO, port=5432)], 5432, "cluster-ambiguous", "port 5432, stopped)", id="one port"),
        pytest.param([TWO], 5432, "port-differs", "port 5432 is not the cluster's: found '/pg/two'", id="another port"),
    ],
)
def test_cluster_that_cannot_be_told(clusters: list[Cluster], port: int | None, code: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        select_cluster(clusters, port=port, problems=["'/x' is not readable"])
    assert caught.value.code == code and words in caught.value.message


def test_old_version_is_refused() -> None:
    check_supported(replace(ONE, version=14))
    with pytest.raises(InvalidInput) as caught:
        check_supported(replace(ONE, version=13))
    assert caught.value.code == "version-not-supported"
