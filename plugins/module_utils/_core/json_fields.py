# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading JSON that somebody else may have written: every value has its type and its limits, or is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from .instant import parse_instant

#: The greatest value of PostgreSQL's 32-bit unsigned integers (oids, timelines, block numbers), and of a size in bytes.
MOST_UINT32 = 0xFFFFFFFF
MOST_BYTES = (1 << 63) - 1

# An object or a list takes up to some 230 bytes, so that a document of these takes less than 70 MB.
_MOST_CONTAINERS = 300_000
_MOST_CHARACTERS = 4096
# Clocks of hosts may be wrong, and still some days can be added to a moment or taken from it.
_YEARS = range(1970, 9001)
_SHOWN = 80
# Releases of Python before 2022 take minutes for a number of a million digits.
_LONG_NUMBER = re.compile(r"[0-9]{1000}")


def load_json(text: str, *, most_containers: int = _MOST_CONTAINERS) -> Any:
    """The document in a text. Raises ValueError for other texts, and for one that would take too much memory.

    >>> load_json('{"a": [1]}')
    {'a': [1]}
    """
    if text.count("{") + text.count("[") > most_containers:
        raise ValueError(f"it has more than {most_containers} lists and objects")
    if _LONG_NUMBER.search(text):
        raise ValueError("it has a number of more than a thousand digits")
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def mapping_of(value: Any, what: str) -> Mapping[str, Any]:
    """The value, an object. Raises ValueError, as all of these do, with ``what`` in the message."""
    if not isinstance(value, dict):
        raise _wrong(what, "an object", value)
    return value


def list_of(value: Any, what: str) -> Sequence[Any]:
    """The value, a list."""
    if not isinstance(value, list):
        raise _wrong(what, "a list", value)
    return value


def text_of(value: Any, what: str, *, allowed: Callable[[str], bool] = str.isprintable) -> str:
    """The value, a text that is ``allowed``: by default one without control characters."""
    if not isinstance(value, str) or len(value) > _MOST_CHARACTERS or not allowed(value):
        raise _wrong(what, "such a text", value)
    return value


def number_of(value: Any, what: str, *, least: int = 0, most: int = MOST_BYTES) -> int:
    """The value, an integer within these limits; no boolean is one."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _wrong(what, f"a number from {least} to {most}", value)
    return value


def digits_of(value: Any, what: str, *, least: int = 0, most: int = MOST_UINT32) -> int:
    """The value, an integer within these limits that is written as text, such as the key of an object."""
    if not isinstance(value, str) or not (value.isascii() and value.isdigit()) or len(value) > 20:
        raise _wrong(what, "a number in digits", value)
    return number_of(int(value), what, least=least, most=most)


def flag_of(value: Any, what: str) -> bool:
    """The value, true or false."""
    if not isinstance(value, bool):
        raise _wrong(what, "true or false", value)
    return value


def moment_of(value: Any, what: str) -> datetime:
    """The value, a moment in its text form."""
    moment = parse_instant(text_of(value, what))
    if moment.year not in _YEARS:
        raise _wrong(what, "a moment from 1970 to 9000", value)
    return moment


def _wrong(what: str, expected: str, value: Any) -> ValueError:
    shown = repr(value[:_SHOWN]) if isinstance(value, str) else type(value).__name__
    return ValueError(f"{what} is not {expected}: {shown}")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


__all__ = (
    "MOST_BYTES",
    "MOST_UINT32",
    "digits_of",
    "flag_of",
    "list_of",
    "load_json",
    "mapping_of",
    "moment_of",
    "number_of",
    "text_of",
)
