# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a text may be the key of something stored.

Keys of our own come from the layout. This is for those that somebody else sends.
"""

from __future__ import annotations

from ..errors import InvalidInput

_MOST_BYTES = 1024
_SHOWN = 80


def check_key(key: str, *, or_empty: bool = False) -> str:
    """The key, where it names a place inside the storage: parts joined by slashes, none of them empty or of dots.

    >>> check_key("wal/00000001/00000001.history")
    'wal/00000001/00000001.history'

    Raises InvalidInput (``invalid-key``).
    """
    if is_key(key) or (or_empty and not key):
        return key
    raise InvalidInput(
        f"{key[:_SHOWN]!r} is not the key of anything stored",
        code="invalid-key",
        hint="A key is a path below the cluster's folder, without '.' and '..'.",
    )


def is_key(key: str) -> bool:
    """Whether something may be stored under this key.

    >>> is_key("wal/x"), is_key("wal/../x"), is_key("wal/x\\n"), is_key("")
    (True, False, False, False)
    """
    is_whole = key.isprintable() and len(key.encode("utf-8", "surrogateescape")) <= _MOST_BYTES
    return is_whole and all(part.strip(".") for part in key.split("/"))


__all__ = ("check_key", "is_key")
