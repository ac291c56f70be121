# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the text of a recovery target as the user gave it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from ..errors import InvalidInput

_MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?"
    r"\s*(?:(Z|z|UTC)|([+-])(\d{2})(?::?(\d{2}))?)"
)
_UNZONED = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?")
_BARE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAMED_ZONE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}\S*?\s*\[?[A-Za-z][A-Za-z_/+\-0-9]+\]?")
_EXAMPLE = "2026-09-15T14:30:00+02:00"
_QUOTE = (
    f'Quote it in YAML ("{_EXAMPLE}"), and on the command line give JSON: -e \'{{"pitr_restore_target_time": '
    f'"{_EXAMPLE}"}}\'.'
)
# PostgreSQL: include/access/transam.h, FirstNormalTransactionId.
_FIRST_NORMAL_XID = 3
_NAME_MAX_BYTES = 63


def read_moment(value: object) -> datetime:
    """The moment in UTC. Raises InvalidInput (``target-type``, ``target-no-offset``, ``target-invalid``).

    >>> str(read_moment("2026-09-15 14:30:00.5+02"))
    '2026-09-15 12:30:00.500000+00:00'
    """
    text = read_text("time", value)
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise _unreadable_moment(text)
    year, month, day, hour, minute, second, fraction, utc, sign, offset_hours, offset_minutes = match.groups()
    offset = timedelta(0)
    if not utc:
        offset = timedelta(hours=int(offset_hours), minutes=int(offset_minutes or 0))
        # The widest offsets in use are +14:00 and -12:00; PostgreSQL allows less than 16 hours.
        if int(offset_minutes or 0) > 59 or offset >= timedelta(hours=16):
            raise _invalid("time", text, "its UTC offset does not exist")
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")),
            tzinfo=timezone(-offset if sign == "-" else offset),
        )
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError) as error:
        raise _invalid("time", text, str(error)) from error


def read_xid(value: object) -> int:
    """The transaction id. Numbers are welcome here, as nothing is lost in them but leading zeros.

    Raises InvalidInput (``target-type``, ``target-invalid``).
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else read_text("xid", value)
    if not (text.isascii() and text.isdigit()) or not _FIRST_NORMAL_XID <= int(text) < 2**64:
        raise _invalid("xid", text, "a transaction id is a whole number from 3 on")
    return int(text)


def read_name(value: object) -> str:
    """The restore point's name. Raises InvalidInput (``target-type``, ``target-invalid``)."""
    text = read_text("name", value)
    if len(text.encode()) > _NAME_MAX_BYTES or any(ord(character) < 32 for character in text):
        raise _invalid("name", text, f"a restore point's name has at most {_NAME_MAX_BYTES} bytes on one line")
    return text


def read_timeline(value: object) -> int | None:
    """The number of a timeline; ``None``: unset. Raises InvalidInput (``timeline-unknown``).

    >>> read_timeline(" 2 "), read_timeline(None)
    (2, None)
    """
    if value is None:
        return None
    text = str(value).strip()
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise InvalidInput(
            f"target_timeline '{value}' is not the number of a timeline",
            code="timeline-unknown",
            hint="Give a decimal number such as 2, or leave 'pitr_restore_target_timeline' unset.",
        )
    return int(text)


def read_text(kind: str, value: object) -> str:
    """The value as text, refusing what YAML made of unquoted text. Raises InvalidInput (``target-type``)."""
    if isinstance(value, str):
        return value.strip() if kind != "name" else value
    if isinstance(value, (datetime, date)):
        what = "a YAML timestamp, not text"
    elif isinstance(value, bool):
        what = "a boolean, not text"
    elif isinstance(value, (int, float)):
        what = "a number, not text"
    else:
        what = f"a {type(value).__name__}, not text"
    raise InvalidInput(
        f"target_{kind} '{value}' is {what}",
        code="target-type",
        hint=_QUOTE if kind == "time" else f'Quote it: pitr_restore_target_{kind}: "…", so that YAML keeps it as text.',
    )


def _unreadable_moment(text: str) -> InvalidInput:
    if _BARE_DATE.fullmatch(text):
        return InvalidInput(
            f"target_time '{text}' is a date without a time of day",
            code="target-no-offset",
            hint=f"If you gave more than the date, an unquoted space cut it off. {_QUOTE}",
        )
    if _UNZONED.fullmatch(text):
        return InvalidInput(
            f"target_time '{text}' has no UTC offset",
            code="target-no-offset",
            hint=f"Append the offset of your clock at that moment, such as +02:00, or Z for UTC: '{_EXAMPLE}'.",
        )
    if _NAMED_ZONE.fullmatch(text):
        return InvalidInput(
            f"target_time '{text}' names a time zone instead of a UTC offset",
            code="target-no-offset",
            hint="Zone names are ambiguous when clocks change and abbreviations mean several zones: "
            f"write the offset in numbers: '{_EXAMPLE}'.",
        )
    return _invalid("time", text, "it is not a time")


def _invalid(kind: str, text: str, reason: str) -> InvalidInput:
    examples = {"time": _EXAMPLE, "xid": "745", "name": "before_migration", "lsn": "0/3000028"}
    return InvalidInput(
        f"target_{kind} '{text}' cannot be used: {reason}",
        code="target-invalid",
        hint=f"An example that can: '{examples[kind]}'.",
    )


__all__ = ("read_moment", "read_name", "read_text", "read_timeline", "read_xid")
