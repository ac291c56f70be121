# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.filter.repository_keepers import FilterModule

repository_keepers = FilterModule().filters()["repository_keepers"]
HOSTVARS: dict[str, dict[str, Any]] = {"db1": {}, "keeper": {"ansible_host": "10.0.0.5"}}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        pytest.param([{"host": ""}], [("db1", [])], id="the one of this host"),
        pytest.param([{"host": "keeper"}], [("keeper", [])], id="the one of another"),
        pytest.param(
            [{"name": "a"}, {"name": "b", "host": "10.0.0.5"}, {"name": "c", "host": "keeper"}, {"name": "d"}],
            [("db1", ["a", "d"]), ("keeper", ["b", "c"])],
            id="each host once",
        ),
    ],
)
def test_hosts_come_with_what_they_keep(items: list[dict[str, Any]], expected: list[Any]) -> None:
    found = repository_keepers(items, HOSTVARS, "db1")
    assert [(each["host"], each["repositories"]) for each in found] == expected
