# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A `pg_control` with a secret, as every version ends it: the secret, then the checksum of all before."""

from __future__ import annotations

import sys
from pathlib import Path


def crc32c(content: bytes) -> int:
    """The checksum, bit by bit."""
    register = 0xFFFFFFFF
    for byte in content:
        register ^= byte
        for _bit in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def control_file(*, secret: bytes = bytes(range(100, 132)), before: int = 256, order: str = sys.byteorder) -> bytes:
    """Its content, with so many bytes before the secret."""
    data = bytes(number % 251 for number in range(before)) + secret
    return (data + crc32c(data).to_bytes(4, "little" if order == "little" else "big")).ljust(8192, b"\0")


def write_control_file(data_directory: Path, *, secret: bytes = bytes(range(100, 132)), before: int = 256) -> None:
    """Write it where a server has it."""
    path = data_directory / "global" / "pg_control"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(control_file(secret=secret, before=before))
