# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("0/0", 0, id="zero"),
        pytest.param("0/3000028", 0x3000028, id="first log"),
        pytest.param("A2/1F", (0xA2 << 32) | 0x1F, id="later log"),
        pytest.param("FFFFFFFF/FFFFFFFF", 2**64 - 1, id="last"),
    ],
)
def test_position_survives_the_round_trip(text: str, value: int) -> None:
    assert Lsn.parse(text).value == value
    assert str(Lsn(value)) == text


@pytest.mark.parametrize("text", ["", "0", "0/", "/0", "0/123456789", "G/0", "0/0 ", "-1/0", "0x0/0"])
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Lsn.parse(text)
    assert caught.value.code == "invalid-lsn"
    assert text in caught.value.message


def test_positions_are_ordered_and_subtract_to_bytes() -> None:
    assert Lsn.parse("0/FFFFFFFF") < Lsn.parse("1/0")
    assert Lsn.parse("1/0") - Lsn.parse("0/FFFFFFFF") == 1
    assert str(Lsn.parse("0/FFFFFFFF") + 1) == "1/0"
