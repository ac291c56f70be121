# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Normalizes the spellings of a value in configuration files to the one that ``pg_settings`` shows."""

from __future__ import annotations

import re

from .settings import BOOLEAN, ENUM, INTEGER, Setting

_NUMBER = re.compile(r"\s*([+-]?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?|\.\d+))\s*([a-zA-Z]*)\s*")
_MICROSECONDS = {"us": 1, "ms": 1000, "s": 10**6, "min": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


def normal_value(setting: Setting, text: str) -> str:
    """The value as in ``pg_settings.setting``; text that PostgreSQL would reject is returned unchanged.

    >>> from .settings import SETTINGS
    >>> normal_value(SETTINGS["archive_timeout"], "5min"), normal_value(SETTINGS["summarize_wal"], "TRUE")
    ('300', 'on')

    Source: PostgreSQL, ``src/backend/utils/misc/guc.c`` (``parse_int``) and ``src/backend/utils/adt/bool.c``.
    """
    if setting.kind == BOOLEAN:
        return _boolean(text)
    if setting.kind == INTEGER:
        return _integer(text, unit=setting.unit)
    if setting.kind == ENUM:
        lowered = text.strip().lower()
        # Only archive_mode accepts boolean words, as hidden values.
        return {"true": "on", "yes": "on", "1": "on", "false": "off", "no": "off", "0": "off"}.get(lowered, lowered)
    return text


def _boolean(text: str) -> str:
    word = text.strip().lower()
    # PostgreSQL accepts any unambiguous prefix, which "o" is not.
    if word and word != "o" and any(full.startswith(word) for full in _TRUE):
        return "on"
    if word and word != "o" and any(full.startswith(word) for full in _FALSE):
        return "off"
    return text


def _integer(text: str, *, unit: str) -> str:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    number, given = match.groups()
    value = float(int(number, 16)) if "x" in number.lower() else float(number)
    if given:
        if given not in _MICROSECONDS or unit not in _MICROSECONDS:
            return text
        value = value * _MICROSECONDS[given] / _MICROSECONDS[unit]
    return str(round(value))


__all__ = ("normal_value",)
