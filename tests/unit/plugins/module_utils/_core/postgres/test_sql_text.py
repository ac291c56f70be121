# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.sql_text import (
    identifier,
    literal,
    with_parameters,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "true"),
        (-5, "(-5)"),
        ("it's", "'it''s'"),
        ("a\\b", "'a\\b'"),
        ("'; DROP TABLE t; --", "'''; DROP TABLE t; --'"),
        (["a", 1], "ARRAY['a', (1)]"),
        (datetime(2026, 9, 15, tzinfo=timezone.utc), "'2026-09-15T00:00:00+00:00'::timestamptz"),
    ],
)
def test_value_becomes_a_literal(value: Any, text: str) -> None:
    assert literal(value) == text


def test_parameters_are_put_in_once() -> None:
    assert with_parameters("%(a)s %(b)s %%", {"a": "%(b)s", "b": 1}) == "'%(b)s' (1) %"


def test_statement_without_parameters_is_taken_as_it_is() -> None:
    assert with_parameters("SELECT 5 % 2", None) == "SELECT 5 % 2"


def test_zero_byte_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        literal("a\0b")
    assert caught.value.code == "invalid-sql-value"


def test_identifier_doubles_its_quotes() -> None:
    assert identifier('a"b') == '"a""b"'
