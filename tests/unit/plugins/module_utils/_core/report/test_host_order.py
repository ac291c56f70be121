# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.host_order import in_order


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("inventory", ["db2", "db1", "db3"]),
        ("reverse_inventory", ["db3", "db1", "db2"]),
        ("sorted", ["db1", "db2", "db3"]),
        ("reverse_sorted", ["db3", "db2", "db1"]),
    ],
)
def test_hosts_are_taken_as_ansible_takes_them(order: str, expected: list[str]) -> None:
    assert in_order(["db2", "db1", "db3"], order) == expected
