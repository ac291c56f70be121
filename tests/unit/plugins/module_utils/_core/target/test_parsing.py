# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as a person, YAML or a shell gives them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.parsing import (
    read_name,
    read_timeline,
    read_xid,
)


@pytest.mark.parametrize(("value", "number"), [(None, None), ("2", 2), (" 12 ", 12), (3, 3), ("00000012", 12)])
def test_timeline_is_a_decimal_number(value: Any, number: int | None) -> None:
    assert read_timeline(value) == number


@pytest.mark.parametrize("value", ["0", "-1", "new", "0x2", "1.5", "", "²"])
def test_what_is_no_number_is_no_timeline(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_timeline(value)
    assert caught.value.code == "timeline-unknown"


@pytest.mark.parametrize(("value", "xid"), [("3", 3), (745, 745), ("18446744073709551615", 2**64 - 1)])
def test_transaction_is_a_number_from_the_first_normal_one_on(value: Any, xid: int) -> None:
    assert read_xid(value) == xid


@pytest.mark.parametrize("value", ["2", "18446744073709551616", "7x", True, None])
def test_what_postgresql_never_gave_is_no_transaction(value: Any) -> None:
    with pytest.raises(InvalidInput):
        read_xid(value)


def test_name_keeps_its_spaces() -> None:
    assert read_name(" before it ") == " before it "
