# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.cluster_name import check_cluster_name


@pytest.mark.parametrize("name", ["db1", "DB-1.example.org", "15_main", "a" * 128])
def test_name_is_accepted(name: str) -> None:
    check_cluster_name(name)


@pytest.mark.parametrize("name", ["", ".", "..", "-x", "_x", "a b", "a/b", "it's", "a%p", "ä", "a\n", "a" * 129])
def test_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_cluster_name(name)
    assert caught.value.code == "invalid-cluster-name"
    assert "pitr_cluster_name" in caught.value.hint
