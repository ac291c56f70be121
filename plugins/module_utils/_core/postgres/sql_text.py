# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL text with its parameters inserted, for servers that are queried through ``psql``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..errors import InvalidInput

_PLACE = re.compile(r"%\((\w+)\)s|%%")


def with_parameters(statement: str, parameters: Mapping[str, Any] | None) -> str:
    """The statement with each ``%(name)s`` replaced by its quoted value, and ``%%`` by ``%``.

    Without parameters the statement is returned unchanged (as psycopg2 does).

    >>> with_parameters("SELECT %(name)s, 5 %% 2", {"name": "it's"})
    "SELECT 'it''s', 5 % 2"
    """
    if parameters is None:
        return statement
    return _PLACE.sub(lambda place: "%" if place.group(1) is None else literal(parameters[place.group(1)]), statement)


def literal(value: Any) -> str:
    """A value as an SQL literal, for a session with ``standard_conforming_strings`` on.

    Raises InvalidInput (``invalid-sql-value``) for a text that PostgreSQL cannot store.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        # In parentheses, because a negative number after a minus sign would begin a comment.
        return f"({value})"
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'::timestamptz"
    if isinstance(value, (list, tuple)):
        return f"ARRAY[{', '.join(literal(item) for item in value)}]"
    text = str(value)
    if "\0" in text:
        raise InvalidInput(
            "a text with a zero byte cannot be passed to PostgreSQL", code="invalid-sql-value", hint="Remove the byte."
        )
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name quoted as an SQL identifier.

    >>> identifier('my "table"')
    '"my ""table\"""'
    """
    return '"' + name.replace('"', '""') + '"'


__all__ = ("identifier", "literal", "with_parameters")
