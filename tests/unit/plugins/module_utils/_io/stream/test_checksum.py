# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.checksum import (
    CRC32C,
    NO_CHECKSUM,
    SHA256,
    can_compute,
    new_checksum,
)


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        (SHA256, hashlib.sha256(b"123456789").hexdigest()),
        ("SHA512", hashlib.sha512(b"123456789").hexdigest()),
        (NO_CHECKSUM, ""),
    ],
)
def test_pieces_make_one_checksum(algorithm: str, expected: str) -> None:
    checksum = new_checksum(algorithm)
    for piece in (b"1234", b"", b"56789"):
        checksum.update(memoryview(piece))
    assert checksum.hexdigest() == expected
    assert can_compute(algorithm)


@pytest.mark.parametrize("is_writable", [True, False])
def test_crc32c_is_computed_or_refused(is_writable: bool) -> None:
    if not can_compute(CRC32C):
        with pytest.raises(Unavailable) as caught:
            new_checksum(CRC32C)
        assert caught.value.code == "checksum-unsupported"
        return
    checksum = new_checksum(CRC32C)
    for piece in (b"1234", b"", b"56789"):
        checksum.update(memoryview(bytearray(piece) if is_writable else piece))
    # The check value E3069283, as its bytes lie in the memory of a little-endian machine.
    assert checksum.hexdigest() in ("839206e3", "e3069283")


def test_checksum_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Unavailable) as caught:
        new_checksum("MD4")
    assert "'MD4'" in caught.value.message
