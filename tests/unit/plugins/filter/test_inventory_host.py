# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.filter.inventory_host import FilterModule

inventory_host = FilterModule().filters()["inventory_host"]
HOSTVARS: dict[str, dict[str, Any]] = {"db1": {"ansible_host": "10.0.0.1"}, "keeper": {"ansible_host": "10.0.0.5"}}


class Hostvars(dict):  # type: ignore[type-arg]
    """Ansible's: names of this machine are in it, too."""

    def __contains__(self, name: object) -> bool:
        return name == "127.0.0.1" or super().__contains__(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("keeper", "keeper"),
        ("10.0.0.5", "keeper"),
        ("backup.example.com",) * 2,
        ("", "db1"),
        (None, "db1"),
    ],
)
def test_host_is_found_by_its_name_or_by_its_address(name: Any, expected: str) -> None:
    assert inventory_host(name, HOSTVARS, "db1") == expected


def test_this_machine_is_no_host_of_the_inventory_by_itself() -> None:
    hostvars = Hostvars(keeper={"ansible_host": "127.0.0.1"})
    assert inventory_host("127.0.0.1", hostvars, "db1") == "keeper"
