# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import (
    Pin,
    format_pins,
    parse_pins,
    with_pin,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
FOREVER = Pin("audit", NOW)
DAY = Pin("restored to latest", NOW, NOW + timedelta(days=1))


def test_the_text_form_reads_back() -> None:
    assert parse_pins(format_pins([FOREVER, DAY])) == (FOREVER, DAY)


def test_the_single_form_of_the_first_release_is_read() -> None:
    assert parse_pins('{"reason": "audit", "since": "2026-11-22T12:00:00.000000Z"}') == (FOREVER,)


@pytest.mark.parametrize("text", ["", "7", "[7]", '[{"reason": "x"}]', '[{"reason": "x", "since": "yesterday"}]'])
def test_other_text_is_damaged(text: str) -> None:
    with pytest.raises(Damaged) as caught:
        parse_pins(text)
    assert caught.value.code == "pin-damaged"


@pytest.mark.parametrize(
    ("pin", "after", "active"),
    [
        pytest.param(FOREVER, timedelta(days=9999), True, id="until released"),
        pytest.param(DAY, timedelta(hours=23), True, id="before its end"),
        pytest.param(DAY, timedelta(days=1), False, id="at its end"),
    ],
)
def test_a_pin_runs_out(pin: Pin, after: timedelta, active: bool) -> None:
    assert pin.is_active(NOW + after) is active


def test_a_new_pin_replaces_the_one_of_its_reason_and_those_that_ran_out() -> None:
    later = Pin("audit", NOW + timedelta(days=2))

    assert with_pin([FOREVER, DAY], later) == (later,)
    assert with_pin([FOREVER], DAY) == (FOREVER, DAY)


def test_a_pin_in_words() -> None:
    assert FOREVER.phrase == "pinned until it is released: audit"
    assert DAY.phrase == "pinned until 2026-11-23T12:00:00.000000Z: restored to latest"
