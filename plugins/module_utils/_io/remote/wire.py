# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a storage on another host is spoken to: frames over two descriptors, such as those of an SSH session.

A frame is one byte that tells its kind, four that tell its length, and its content. Fields of text are joined by NUL.
PostgreSQL's commands use this for each segment, so it imports next to nothing.
"""

from __future__ import annotations

import os

from ..._core.error_class import error_class
from ..._core.errors import PitrError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Raised whenever either side would misunderstand the other.
VERSION = "1"

HELLO = b"H"
REQUEST = b"Q"
ANSWER = b"A"
FAILURE = b"E"
# Content goes either way: pieces, and what is behind the last.
DATA = b"D"
END = b"Z"
ABORT = b"X"
# A put is answered by one of them: send the content, or say whether what is stored under this key is the same.
SEND = b"G"
COMPARE = b"S"
YES = b"Y"
NO = b"N"

PIECE_BYTES = 1 << 18
# How many things may be asked for at once: keys of any length fit into a frame, and answering takes a moment only.
MOST_KEYS = 512
_HEADER_BYTES = 5
# The longest list of fields is a listing's, which is sent in pieces.
_MOST_BYTES = 1 << 20
# What is shown of another host's words, and the highest error number of the system.
_MOST_SHOWN = 2000
_MOST_CODE = 60
_MOST_ERRNO = 4095
_MOST_DIGITS = 18


class Disconnected(Exception):
    """The other side has gone, or does not speak as it should."""


class Channel:
    """One side of a connection: frames are read from ``source`` and written to ``sink``, both descriptors."""

    def __init__(self, source: int, sink: int) -> None:
        self.source = source
        self.sink = sink

    def send(self, kind: bytes, content: bytes | memoryview = b"") -> None:
        """Send one frame. Raises Disconnected."""
        parts = [kind + len(content).to_bytes(4, "big"), content]
        try:
            written = os.writev(self.sink, parts)
            rest = memoryview(b"".join(parts))[written:] if written < _HEADER_BYTES + len(content) else b""
            while rest:
                rest = rest[os.write(self.sink, rest) :]
        except OSError as error:
            raise Disconnected(error.strerror or str(error)) from error

    def send_fields(self, kind: bytes, *fields: str) -> None:
        """Send one frame of texts. Raises Disconnected."""
        self.send(kind, pack(fields))

    def receive(self) -> tuple[bytes, bytes]:
        """The kind and content of the next frame. Raises Disconnected, also at the end of the connection."""
        header = self._exactly(_HEADER_BYTES)
        size_bytes = int.from_bytes(header[1:], "big")
        if size_bytes > _MOST_BYTES:
            raise Disconnected(f"a frame of {size_bytes} bytes was announced")
        return header[:1], self._exactly(size_bytes)

    def send_content(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Send pieces of any length, without their end. Raises Disconnected, and what ``pieces`` raise."""
        for piece in pieces:
            view = memoryview(piece)
            for start in range(0, len(view), PIECE_BYTES):
                self.send(DATA, view[start : start + PIECE_BYTES])

    def _exactly(self, size_bytes: int) -> bytes:
        """So many bytes. Most come at once; those that come one at a time are not copied again with each."""
        content = self._some(size_bytes)
        if len(content) == size_bytes:
            return content
        whole = bytearray(content)
        while len(whole) < size_bytes:
            whole += self._some(size_bytes - len(whole))
        return bytes(whole)

    def _some(self, most_bytes: int) -> bytes:
        if not most_bytes:
            return b""
        try:
            chunk = os.read(self.source, most_bytes)
        except OSError as error:
            raise Disconnected(error.strerror or str(error)) from error
        if not chunk:
            raise Disconnected("the connection ended")
        return chunk


def pack(fields: Iterable[str]) -> bytes:
    """Texts as the content of a frame.

    >>> pack(("stat", "wal/1"))
    b'stat\\x00wal/1'
    """
    return "\0".join(fields).encode("utf-8", "surrogateescape")


def unpack(content: bytes) -> list[str]:
    """The texts of a frame. Raises Disconnected for bytes that cannot be texts.

    >>> unpack(b"stat\\x00wal/1"), unpack(b"")
    (['stat', 'wal/1'], [''])
    """
    return content.decode("utf-8", "surrogateescape").split("\0")


def pack_error(error: PitrError | OSError) -> bytes:
    """An error as the content of a frame."""
    if isinstance(error, OSError):
        return pack(("OSError", str(error.errno or 0), error.strerror or str(error), str(error.filename or ""), ""))
    more = str(getattr(error, "key", "") or getattr(error, "holder", ""))
    kind = type(error).__name__
    return pack((kind, error.code, *(_plain(text) for text in (error.message, error.hint, more))))


def unpack_error(content: bytes) -> PitrError | OSError:
    """The error that the other side has met.

    Its words go to terminals and logs: of what it sends, only what can be shown is.
    """
    kind, code, message, hint, more = ([_shown(each) for each in unpack(content)] + [""] * 5)[:5]
    if kind == "OSError":
        number = int(code) if is_number(code) else 0
        return OSError(number if number <= _MOST_ERRNO else 0, message, hint or None)
    extra = {"AlreadyStored": "key", "Busy": "holder"}.get(kind)
    return error_class(kind)(message, code=code[:_MOST_CODE], hint=hint, **({extra: more} if extra else {}))


def _shown(text: str) -> str:
    """The text without what moves a cursor or ends a line."""
    return text if text.isprintable() and len(text) <= _MOST_SHOWN else _made_printable(text[:_MOST_SHOWN])


def _made_printable(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)


def _plain(text: str) -> str:
    return text.replace("\0", " ")


def flag(value: bool) -> str:
    """Yes or no as a field.

    >>> bool(flag(True)), bool(flag(False))
    (True, False)
    """
    return "1" if value else ""


def is_number(text: str) -> bool:
    """Whether a field is a number that fits into 64 bits.

    >>> is_number("17"), is_number(""), is_number("-1"), is_number("²"), is_number("9" * 19)
    (True, False, False, False, False)
    """
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def field(fields: Sequence[str], index: int) -> str:
    """One of them; empty: there is none."""
    return fields[index] if index < len(fields) else ""


__all__ = (
    "ABORT",
    "ANSWER",
    "COMPARE",
    "DATA",
    "END",
    "FAILURE",
    "HELLO",
    "MOST_KEYS",
    "NO",
    "PIECE_BYTES",
    "REQUEST",
    "SEND",
    "VERSION",
    "YES",
    "Channel",
    "Disconnected",
    "field",
    "flag",
    "is_number",
    "pack",
    "pack_error",
    "unpack",
    "unpack_error",
)
