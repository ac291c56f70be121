# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.fact_names import check_fact_names


@pytest.mark.parametrize("name", ["pitr_repository_path", "pitr_cluster_os_user", "pitr_unheard_of"])
def test_fact_is_no_variable_of_ours(name: str) -> None:
    check_fact_names({"pitrx": 1, "distribution": "Debian", "my_pitr_path": 1})
    with pytest.raises(Refused) as caught:
        check_fact_names({"distribution": "Debian", name: 1})
    assert (caught.value.code, name in caught.value.message) == ("variable-is-a-fact", True)
