# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secret that all copies of one cluster share, in the file ``global/pg_control``.

Source: PostgreSQL, ``catalog/pg_control.h``: ``mock_authentication_nonce`` is 32 random bytes of initdb, the last thing
before the checksum. It is in no WAL, and no function of the server shows it.
"""

from __future__ import annotations

CONTROL_FILE = "global/pg_control"
CONTROL_FILE_BYTES = 8192
# All of them up to 17; from 18 on its last 29 bytes, and three that the compiler leaves empty.
_SECRET_BYTES = 32
# The data is shorter than a sector of a disk, so that it is written as a whole.
_MOST_BYTES = 512
_POLYNOMIAL = 0x82F63B78
_ALL_ONES = 0xFFFFFFFF


def cluster_secret(content: bytes, *, byte_order: str) -> bytes | None:
    """The secret in the content of the file; ``None``: its checksum is not right, as while it is being written."""
    register = _ALL_ONES
    for end, byte in enumerate(content[:_MOST_BYTES]):
        # Where the data ends depends on the version: where the checksum is that of all before.
        stated = content[end : end + 4]
        if end % 4 == 0 and end > _SECRET_BYTES and int.from_bytes(stated, byte_order) == register ^ _ALL_ONES:  # type: ignore[arg-type]
            return content[end - _SECRET_BYTES : end]
        register ^= byte
        for _bit in range(8):
            register = register >> 1 ^ (_POLYNOMIAL if register & 1 else 0)
    return None


__all__ = ("CONTROL_FILE", "CONTROL_FILE_BYTES", "cluster_secret")
