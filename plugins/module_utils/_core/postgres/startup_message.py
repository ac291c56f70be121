# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first messages of PostgreSQL's protocol, as needed to request a replication connection.

Source: PostgreSQL's manual, "Message Formats".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_PROTOCOL_3_0 = 196608
_AUTHENTICATION = b"R"
_ERROR = b"E"
_READY = b"Z"
TERMINATE = struct.pack("!cI", b"X", 4)


@dataclass(frozen=True)
class ServerRefusal:
    """A server's refusal: the SQLSTATE, which is the same in every language, and the message."""

    sqlstate: str
    message: str


def replication_startup(user: str) -> bytes:
    """The message that requests a physical replication connection.

    >>> replication_startup("a").count(b"replication")
    1
    """
    values = ("user", user, "replication", "true", "application_name", "pgfleet.pitr")
    body = struct.pack("!I", _PROTOCOL_3_0) + b"".join(value.encode() + b"\0" for value in values) + b"\0"
    return struct.pack("!I", len(body) + 4) + body


def read_answer(received: bytes) -> ServerRefusal | bool | None:
    """The server's answer so far.

    A refusal; ``True`` once the connection is open, or requires a password that only pg_basebackup has; ``None`` while
    more bytes are needed.
    """
    position = 0
    while len(received) >= position + 5:
        kind = received[position : position + 1]
        (length,) = struct.unpack_from("!I", received, position + 1)
        body = received[position + 5 : position + 1 + length]
        if len(body) < length - 4:
            return None
        if kind == _ERROR:
            return _refusal(body)
        if kind == _READY or (kind == _AUTHENTICATION and body[:4] != b"\0\0\0\0"):
            return True
        position += 1 + length
    return None


def _refusal(body: bytes) -> ServerRefusal:
    fields = {field[:1]: field[1:].decode("utf-8", "replace") for field in body.split(b"\0") if field}
    return ServerRefusal(fields.get(b"C", ""), fields.get(b"M", ""))


__all__ = ("TERMINATE", "ServerRefusal", "read_answer", "replication_startup")
