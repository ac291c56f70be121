# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log sequence numbers (LSNs): byte positions in the WAL of one timeline."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InvalidInput

_TEXT = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")


@dataclass(frozen=True, order=True)
class Lsn:
    """A position in the write-ahead log, in bytes from its beginning (64 bits, PostgreSQL's ``pg_lsn``)."""

    value: int

    @classmethod
    def parse(cls, text: str) -> Lsn:
        """The position in PostgreSQL's notation.

        >>> Lsn.parse("1/3000028").value
        4345298984

        Raises InvalidInput (``invalid-lsn``) for anything else.
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise InvalidInput(
                f"'{text}' is not a WAL position (LSN)",
                code="invalid-lsn",
                hint="Write it as PostgreSQL prints it: two hexadecimal numbers with a slash, such as '0/3000028'.",
            )
        return cls((int(match.group(1), 16) << 32) | int(match.group(2), 16))

    def __str__(self) -> str:
        return f"{self.value >> 32:X}/{self.value & 0xFFFFFFFF:X}"

    def __add__(self, size_bytes: int) -> Lsn:
        return Lsn(self.value + size_bytes)

    def __sub__(self, other: Lsn) -> int:
        """The distance in bytes."""
        return self.value - other.value


__all__ = ("Lsn",)
