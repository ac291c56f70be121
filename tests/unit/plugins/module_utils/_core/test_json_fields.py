# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.json_fields import (
    MOST_BYTES,
    digits_of,
    flag_of,
    list_of,
    load_json,
    mapping_of,
    moment_of,
    number_of,
    text_of,
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[" * 100_000, id="nested too deeply"),
        pytest.param('{"a":' * 5000 + "1" + "}" * 5000, id="nested too deeply, and closed"),
        pytest.param("[" + "[]," * 300_000 + "[]]", id="more lists than memory should hold"),
        pytest.param("9" * 5000, id="a number of many digits"),
        pytest.param("NaN", id="not a number"),
        pytest.param("[-Infinity]", id="infinity"),
    ],
)
def test_documents_that_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        load_json(text)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        pytest.param(mapping_of, [], id="a list where an object belongs"),
        pytest.param(list_of, "abc", id="a text where a list belongs"),
        pytest.param(text_of, 5, id="a number where a text belongs"),
        pytest.param(text_of, "\x1b[2J", id="a text that commands a terminal"),
        pytest.param(text_of, "x" * 5000, id="a text without end"),
        pytest.param(number_of, True, id="a boolean where a number belongs"),
        pytest.param(number_of, 1.0, id="a fraction"),
        pytest.param(number_of, -1, id="a negative size"),
        pytest.param(number_of, MOST_BYTES + 1, id="a size beyond 64 bits"),
        pytest.param(number_of, "1", id="a text where a number belongs"),
        pytest.param(digits_of, "-1", id="a sign"),
        pytest.param(digits_of, "٣", id="digits of another script"),
        pytest.param(digits_of, "9" * 21, id="too many digits"),
        pytest.param(digits_of, "4294967296", id="beyond 32 bits"),
        pytest.param(flag_of, 1, id="a number where a boolean belongs"),
        pytest.param(moment_of, "0001-01-01T00:00:00.000000Z", id="a moment from which no day can be taken"),
        pytest.param(moment_of, "9999-12-31T23:59:59.999999Z", id="a moment to which no day can be added"),
        pytest.param(moment_of, "yesterday", id="no moment"),
        pytest.param(moment_of, 0, id="a moment in seconds"),
    ],
)
def test_values_that_are_refused(read: Callable[[Any, str], object], value: Any) -> None:
    with pytest.raises(ValueError):
        read(value, "the value")


def test_values_as_they_should_be() -> None:
    assert load_json('{"a": [1, null]}') == {"a": [1, None]}
    assert (number_of(5, "n"), digits_of("0016385", "oid"), flag_of(False, "f")) == (5, 16385, False)
    assert text_of("Grüße", "t") == "Grüße"
    assert moment_of("1970-01-01T00:00:00.000000Z", "m").year == 1970


def test_the_message_names_what_is_wrong_and_shows_little_of_it() -> None:
    with pytest.raises(ValueError, match="label is not such a text") as caught:
        text_of("\n" * 3000, "label")
    assert len(str(caught.value)) < 300
