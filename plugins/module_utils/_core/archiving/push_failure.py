# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last failure of ``archive-push``, as it is left for whoever asks why archiving fails."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..redaction import redacted

# One block: to write over it takes no room where the disk is full.
SIZE_BYTES = 4096
_MESSAGE_LENGTH = 2000
_YEAR_9999 = 253370764800


@dataclass(frozen=True)
class PushFailure:
    """On which WAL file it failed, when (Unix time), and why; ``code`` is that of the error."""

    name: str
    code: str
    message: str
    at_seconds: float

    @classmethod
    def of(cls, name: str, *, code: str, message: str, at_seconds: float) -> PushFailure:
        """The failure with its words in one line, as many as have room, and without what looks like a password."""
        return cls(name, code, redacted(" ".join(message.split()))[:_MESSAGE_LENGTH], at_seconds)

    @classmethod
    def parse(cls, content: bytes) -> PushFailure | None:
        """The failure in a file's content; ``None``: it is none, or half of one."""
        try:
            fields = json.loads(content.decode("ascii"))
        except (ValueError, RecursionError):
            return None
        if not isinstance(fields, dict):
            return None
        name, code, message, at_seconds = (fields.get(key) for key in ("name", "code", "message", "at_seconds"))
        if not (isinstance(name, str) and isinstance(code, str) and isinstance(message, str)):
            return None
        if isinstance(at_seconds, bool) or not isinstance(at_seconds, (int, float)) or not 0 <= at_seconds < _YEAR_9999:
            return None
        return cls.of(name, code=code, message=message, at_seconds=float(at_seconds))

    def __bytes__(self) -> bytes:
        """The content of the file, always of the same size."""
        for length in (_MESSAGE_LENGTH, _MESSAGE_LENGTH // 6):
            form = {**self.__dict__, "message": self.message[:length]}
            content = json.dumps(form).encode("ascii")
            if len(content) < SIZE_BYTES:
                break
        return content[: SIZE_BYTES - 1].ljust(SIZE_BYTES - 1) + b"\n"


__all__ = ("SIZE_BYTES", "PushFailure")
