# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of a PostgreSQL configuration file that leave all other lines unchanged."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..errors import Failed

# Source: PostgreSQL, src/backend/utils/misc/guc-file.l. The value is a quoted text with doubled or escaped quotes, or
# one bare word; the equals sign may be missing.
_LINE = re.compile(
    r"(?P<before>[ \t\r\f]*(?P<name>[A-Za-z_\x80-\udfff][\w$.\x80-\udfff]*)"
    r"[ \t\r\f]*(?:=[ \t\r\f]*|(?<=[ \t\r\f])|(?=')))"
    r"(?P<value>'(?:[^'\\\n]|\\.|'')*'|[^\s#'=]+)"
    r"(?P<after>[ \t\r\f]*(?:#.*)?)"
)
_SECRET = re.compile(r"(?mi)^([^\n]*(?:conninfo|password|passphrase|secret)[^\n=]*=)[^\n]*")
_PLAIN = re.compile(r"-?[0-9]+|on|off|[a-z]+")


def replace_value(text: str, *, line_number: int, name: str, value: str) -> str:
    """The text with the value of a setting changed in its line (counted from 1).

    Indentation, equals sign and trailing comment are kept. Raises Failed (``configuration-changed``) if the setting is
    not in that line.

    >>> replace_value("archive_mode = off  # why\\n", line_number=1, name="archive_mode", value="on")
    'archive_mode = on  # why\\n'
    """
    # PostgreSQL ends lines at line feeds only; splitlines would split at other characters as well.
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    match = _LINE.match(lines[line_number - 1]) if 0 < line_number <= len(lines) else None
    if match is None or match.group("name").lower() != name.lower():
        raise Failed(
            f"'{name}' is not in line {line_number} of its configuration file any more",
            code="configuration-changed",
            hint="The file was changed at the same time; run again.",
        )
    ending = lines[line_number - 1][match.end() :]
    lines[line_number - 1] = match.group("before") + written(value) + match.group("after") + ending
    return "".join(lines)


def append_value(text: str, *, name: str, value: str) -> str:
    """The text with the setting appended as its last line."""
    border = "" if not text or text.endswith("\n") else "\n"
    return f"{text}{border}{name} = {written(value)}\n"


def other_lines(text: str, *, names: Collection[str]) -> list[str]:
    """The lines that do more than give one of the named settings a value, without their ends.

    >>> other_lines("port = 5433\\narchive_mode = on # why\\n", names=["archive_mode"])
    ['port = 5433']
    """
    lines = text.split("\n")
    return [line for line in (lines if lines[-1] else lines[:-1]) if _name_set_by(line) not in names]


def value_in(text: str, *, name: str) -> str | None:
    """The value that the last line with the setting gives it; ``None`` without one, and for a value with backslashes.

    >>> value_in("port = 1\\nport = 5433 # why\\n", name="port"), value_in("a = 'it''s'", name="a")
    ('5433', "it's")
    """
    matches = [match for match in map(_LINE.fullmatch, text.split("\n")) if match and match["name"].lower() == name]
    value = str(matches[-1]["value"]) if matches else "\\"
    if "\\" in value:
        return None
    return value[1:-1].replace("''", "'") if value.startswith("'") else value


def without_secrets(text: str) -> str:
    """The text for display, with the values of settings that may contain a password hidden, also in comments."""
    return _SECRET.sub(lambda match: f"{match.group(1)}********", text)


def written(value: str) -> str:
    """A value as it is written in a file: numbers and plain words bare, everything else quoted."""
    return value if _PLAIN.fullmatch(value) else quote_guc(value)


def quote_guc(value: str) -> str:
    """A setting's value quoted for a configuration file.

    >>> quote_guc("it's")
    "'it''s'"

    Source: PostgreSQL, ``src/backend/utils/misc/guc-file.l`` (``GUC_scanstr``): backslashes escape, quotes are doubled.
    A line break would end the setting, so it is written as an escape.
    """
    escaped = value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return f"'{escaped}'"


def _name_set_by(line: str) -> str | None:
    match = _LINE.fullmatch(line)
    return match.group("name").lower() if match else None


__all__ = ("append_value", "other_lines", "quote_guc", "replace_value", "value_in", "without_secrets", "written")
