# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore was asked for, written down so that a later request can be compared with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ..instant import format_instant
from ..json_fields import mapping_of, text_of
from ..target.recovery_target import RecoveryTarget
from .request import RestoreRequest

# These only decide whether a restore may begin: another value leads to the same.
_PERMISSIONS = frozenset({"scope", "tablespace_roots"})
# Values may be passwords, which nobody should be able to try out by the million.
_ROUNDS = 100_000
_MOST_CHARACTERS = 1000


def intent_of(request: RestoreRequest) -> dict[str, str]:
    """All that decides what the restore does, by the request's own names; the values of settings as a digest.

    >>> intent_of(RestoreRequest("db1", RecoveryTarget.parse("xid", 7), port=5499))["port"]
    '5499'
    """
    names = [each.name for each in fields(request) if each.name not in _PERMISSIONS]
    return {name: _short(_text(name, getattr(request, name), request)) for name in names}


def is_intent(intent: Mapping[str, str], request: RestoreRequest) -> bool:
    """Whether the request asks for what was written down.

    What an earlier version did not write down it did not know, and had as it is by default.
    """
    found = intent_of(request)
    unset = intent_of(RestoreRequest(request.name, request.target))
    return {**unset, **intent} == found


def read_intent(record: Any) -> dict[str, str]:
    """Read what :func:`intent_of` made. Raises ValueError."""
    return {text_of(name, "an option"): text_of(value, name) for name, value in mapping_of(record, "intent").items()}


def _text(name: str, value: Any, request: RestoreRequest) -> str:
    if isinstance(value, RecoveryTarget):
        meant = value.meaning
        moment = format_instant(meant.moment) if meant.moment else None
        return json.dumps([meant.kind, meant.text, meant.inclusive, moment])
    if name == "settings" and value:
        return json.dumps([sorted(value), _digest(value, salt=f"{request.name}\0{request.directory}")])
    return json.dumps(dict(value) if isinstance(value, Mapping) else value, sort_keys=True)


def _digest(values: Mapping[str, str], *, salt: str) -> str:
    text = json.dumps(dict(values), sort_keys=True)
    return hashlib.pbkdf2_hmac("sha256", text.encode("ascii"), salt.encode("utf-8", "surrogateescape"), _ROUNDS).hex()


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else hashlib.sha256(text.encode("ascii")).hexdigest()


__all__ = ("intent_of", "is_intent", "read_intent")
