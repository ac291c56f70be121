# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages between the root process and its worker: plain data, framed by their size. Root never unpickles anything."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Mapping
from typing import Any

from ..._core.error_class import error_class
from ..._core.errors import PitrError
from .root import Root
from .signals import waiting

_MAX_BYTES = 256 * 1024 * 1024
_SIZE_BYTES = 8
_MOST_ERRNO = 4095


class Channel:
    """One end of a socket pair."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message. Raises OSError."""
        # Escaped, so that bytes of names that are no UTF-8 survive.
        content = json.dumps(message).encode("ascii")
        self._connection.sendall(len(content).to_bytes(_SIZE_BYTES, "big") + content)

    def receive(self) -> dict[str, Any] | None:
        """The next message; ``None`` when the other end is gone. Raises ValueError for what is no message."""
        head = self._exactly(_SIZE_BYTES)
        size = int.from_bytes(head, "big") if head else 0
        if size > _MAX_BYTES:
            raise ValueError(f"a message of {size} bytes")
        content = self._exactly(size) if head else b""
        if not content:
            return None
        message = json.loads(content)
        if not isinstance(message, dict):
            raise ValueError("a message that is no object")
        return message

    def _exactly(self, size: int) -> bytes:
        content = bytearray()
        while len(content) < size:
            piece = self._connection.recv(min(size - len(content), 1024 * 1024))
            if not piece:
                return b""
            content += piece
        return bytes(content)


class RootThroughDoor(Root):
    """Asks the root process at the other end of the channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._lock = threading.Lock()

    def ask(self, operation: str, **arguments: Any) -> Any:
        # A signal must not tear a message, nor take an answer for that to the next question.
        with self._lock, waiting():
            self._channel.send({"ask": operation, "arguments": arguments})
            message = self._channel.receive()
        if message is None:
            raise OSError("the root process has ended")
        if "error" in message:
            raise error_of(message["error"])
        return message.get("answer")


def error_to_dict(error: PitrError | OSError) -> dict[str, Any]:
    """An error as plain data."""
    if isinstance(error, OSError):
        name = error.filename if isinstance(error.filename, str) else None
        return {"errno": error.errno, "strerror": error.strerror or str(error), "filename": name}
    return {
        "type": type(error).__name__,
        "message": error.message,
        "code": error.code,
        "hint": error.hint,
        "values": getattr(error, "values", None),
    }


def error_of(record: Mapping[str, Any]) -> PitrError | OSError:
    """The error that :func:`error_to_dict` described; one of an unknown class comes back as a PitrError.

    Whoever described it may have been taken over: what makes no sense is left out.
    """
    if "type" not in record:
        number, name = record.get("errno"), record.get("filename")
        number = number if isinstance(number, int) and 0 <= number <= _MOST_ERRNO else 0
        return OSError(number, str(record.get("strerror") or os.strerror(number)), name and str(name))
    kind = error_class(str(record["type"]))
    message, code, hint = (str(record.get(name, "")) for name in ("message", "code", "hint"))
    error = kind(message, code=code, hint=hint)
    values = record.get("values")
    if isinstance(values, dict) and not values.keys() & {"msg", "code", "hint"}:
        error.values = values  # type: ignore[attr-defined]
    return error


__all__ = ("Channel", "RootThroughDoor", "error_of", "error_to_dict")
