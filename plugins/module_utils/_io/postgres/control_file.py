# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The system identifier of the cluster in the current directory, read at the speed that PostgreSQL's commands need."""

from __future__ import annotations

import sys

_PATH = "global/pg_control"
_BYTES = 8


def present_identifier() -> str | None:
    """The first field of ``pg_control``; ``None``: there is none, or it is empty.

    Source: PostgreSQL, ``ControlFileData`` in src/include/catalog/pg_control.h.
    """
    try:
        with open(_PATH, "rb", buffering=0) as file:
            content = file.read(_BYTES)
    except OSError:
        return None
    identifier = int.from_bytes(content, sys.byteorder)
    return str(identifier) if len(content) == _BYTES and identifier else None


__all__ = ("present_identifier",)
