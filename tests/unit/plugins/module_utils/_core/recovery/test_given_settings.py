# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings as a user gives them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.given_settings import (
    check_given,
    read_settings,
)


def test_values_become_text_and_names_lower_case() -> None:
    given = {
        "Work_Mem": "7MB",
        "max_connections": 50,
        "jit": False,
        "seq_page_cost": 1.5,
        "timescaledb.restoring": True,
    }
    assert read_settings(given) == {
        "work_mem": "7MB",
        "max_connections": "50",
        "jit": "off",
        "seq_page_cost": "1.5",
        "timescaledb.restoring": "on",
    }


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"work mem": "7MB"}, "'work mem'"),
        ({"work_mem = 1\nport": "7"}, "work_mem"),
        ({7: "7"}, "'7'"),
        ({"": "7"}, "''"),
        ({"work_mem": None}, "'work_mem'"),
        ({"work_mem": ["7MB"]}, "'work_mem'"),
        ({"work_mem": "7\0"}, "'work_mem'"),
        ({"jit": "on", "JIT": "off"}, "'JIT'"),
    ],
)
def test_what_is_no_setting_is_refused_by_name(given: dict[Any, Any], named: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_settings(given)
    assert caught.value.code == "setting-invalid"
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("name", "beside", "in_place"),
    [
        ("work_mem", True, True),
        ("archive_mode", True, False),
        ("archive_command", True, False),
        ("hot_standby", True, True),
        ("port", False, False),
        ("hba_file", False, False),
        ("restore_command", False, False),
        ("recovery_target_lsn", False, False),
        ("recovery_target_action", False, False),
        ("include_dir", False, False),
    ],
)
def test_what_is_the_restores_own_is_refused(name: str, beside: bool, in_place: bool) -> None:
    for allowed, is_in_place in ((beside, False), (in_place, True)):
        if allowed:
            check_given({name: "x"}, in_place=is_in_place)
            continue
        with pytest.raises(InvalidInput) as caught:
            check_given({name: "x"}, in_place=is_in_place)
        assert caught.value.code == "setting-refused"
