# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.filter.if_empty import FilterModule

if_empty = FilterModule().filters()["if_empty"]


@pytest.mark.parametrize("value", [0, False, [], "0", "false", " "])
def test_value_that_is_not_empty_counts(value: Any) -> None:
    assert if_empty(value, "default") == value


@pytest.mark.parametrize("value", ["", None])
def test_default_counts_where_the_value_is_empty(value: Any) -> None:
    assert if_empty(value, 60) == 60
