# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names under which damaged bytes are kept, once what they were has been healed from another repository."""

from __future__ import annotations

import re

QUARANTINE = "quarantine"
# What is removed ends with it: nothing else can be, wherever a link in the repository leads.
_TOKEN = re.compile(r"[0-9]{8}T[0-9]{6}Z")


def quarantine_key(key: str, *, token: str) -> str:
    """Where the damaged bytes of a key are kept; the ``token``, a moment, tells the times apart.

    >>> quarantine_key("wal/00000002/00000002.history", token="20261129T131500Z")
    'quarantine/wal/00000002/00000002.history.20261129T131500Z'
    """
    return QUARANTINE + "/" + key + "." + token


def quarantined_key(key: str) -> str:
    """The key whose damaged bytes these are; empty: the name is none of ours.

    >>> quarantined_key("quarantine/wal/00000002/00000002.history.20261129T131500Z")
    'wal/00000002/00000002.history'
    >>> quarantined_key("quarantine/wal/00000002/00000002.history")
    ''
    """
    name, _dot, token = key[len(QUARANTINE) + 1 :].rpartition(".")
    return name if _TOKEN.fullmatch(token) else ""


__all__ = ("QUARANTINE", "quarantine_key", "quarantined_key")
