# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.scope import RestoreScope


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param(RestoreScope(), id="one cluster"),
        pytest.param(RestoreScope(cluster_count=3, limited=True), id="several that were named"),
        pytest.param(RestoreScope(cluster_count=3, fleet=True), id="the fleet is meant"),
    ],
)
def test_scope_that_is_meant_passes(scope: RestoreScope) -> None:
    scope.check()


def test_several_clusters_that_nobody_named_are_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        RestoreScope(cluster_count=2).check()
    assert caught.value.code == "limit-missing"


@pytest.mark.parametrize(
    ("scope", "confirmations"),
    [
        pytest.param(RestoreScope(), ("db1@latest",), id="one cluster"),
        pytest.param(RestoreScope(cluster_count=2, limited=True), ("2 clusters@latest", "db1@latest"), id="several"),
        pytest.param(RestoreScope(cluster_count=2, fleet=True), ("2 clusters@latest", "db1@latest"), id="fleet"),
        pytest.param(RestoreScope(cluster_count=1, fleet=True), ("db1@latest",), id="fleet of one"),
    ],
)
def test_confirmations(scope: RestoreScope, confirmations: tuple[str, ...]) -> None:
    assert scope.confirmations(cluster="db1", target="latest") == confirmations
