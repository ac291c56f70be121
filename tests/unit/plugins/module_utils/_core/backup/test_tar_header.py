# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import tarfile

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.tar_header import BLOCK_BYTES, parse_tar_header
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged


def block_of(name: str, *, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname = size, kind, link
    return member.tobuf(format=tarfile.USTAR_FORMAT)


def test_file() -> None:
    header = parse_tar_header(block_of("base/1/1259", size=8193))
    assert header is not None
    assert (header.name, header.size_bytes, header.is_file, header.padding_bytes) == ("base/1/1259", 8193, True, 511)


def test_long_name_has_a_prefix() -> None:
    name = "/".join(["directory"] * 15) + "/file"
    header = parse_tar_header(block_of(name))
    assert header is not None and header.name == name


def test_directory_and_link_have_no_content() -> None:
    directory = parse_tar_header(block_of("pg_wal", kind=tarfile.DIRTYPE))
    link = parse_tar_header(block_of("pg_tblspc/16385", kind=tarfile.SYMTYPE, link="/srv/it's fast"))
    assert directory is not None and not directory.is_file and directory.size_bytes == 0
    assert link is not None and (link.is_file, link.link) == (False, "/srv/it's fast")


def test_size_above_eight_gigabytes_is_binary() -> None:
    block = bytearray(block_of("large"))
    block[124:136] = b"\x80" + (9 * 1024**3).to_bytes(11, "big")
    block[148:156] = b"        "
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    header = parse_tar_header(bytes(block))
    assert header is not None and header.size_bytes == 9 * 1024**3


def test_block_of_zeros_is_the_end() -> None:
    assert parse_tar_header(bytes(BLOCK_BYTES)) is None


@pytest.mark.parametrize("position", [0, 130, 150, 300])
def test_damaged_header(position: int) -> None:
    block = bytearray(block_of("base/1/1259", size=8192))
    block[position] ^= 0x15
    with pytest.raises(Damaged) as caught:
        parse_tar_header(bytes(block))
    assert caught.value.code == "archive-damaged"


def test_headers_of_an_archive_made_elsewhere() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("first"))
    header = parse_tar_header(buffer.getvalue()[:BLOCK_BYTES])
    assert header is not None and header.name == "first"


@pytest.mark.parametrize(
    ("name", "kind", "size"),
    [
        pytest.param("x", tarfile.LNKTYPE, 0, id="a hard link"),
        pytest.param("x", tarfile.SYMTYPE, 0, id="a link that is not a tablespace's"),
        pytest.param("pg_tblspc/../x", tarfile.SYMTYPE, 0, id="a link that leads outside"),
        pytest.param("x", tarfile.CHRTYPE, 0, id="a character device"),
        pytest.param("x", tarfile.BLKTYPE, 0, id="a block device"),
        pytest.param("x", tarfile.FIFOTYPE, 0, id="a FIFO"),
        pytest.param("x", tarfile.XHDTYPE, 30, id="a pax header"),
        pytest.param("x", tarfile.XGLTYPE, 30, id="a global pax header"),
        pytest.param("x", tarfile.GNUTYPE_LONGNAME, 30, id="a long name of GNU tar"),
        pytest.param("x", tarfile.GNUTYPE_SPARSE, 30, id="a sparse file of GNU tar"),
        pytest.param("x", tarfile.DIRTYPE, 30, id="a directory with content"),
        pytest.param("x/", tarfile.REGTYPE, 0, id="a file with the name of a directory"),
    ],
)
def test_members_that_postgresql_does_not_write(name: str, kind: bytes, size: int) -> None:
    with pytest.raises(Damaged) as caught:
        parse_tar_header(block_of(name, size=size, kind=kind))
    assert caught.value.code == "archive-damaged"


@pytest.mark.parametrize(
    "field", [b"-0000000001\0", b"+0000000001\0", b"0o000000001\0", b"1_000000000\0", b"\x80" + b"\xff" * 11]
)
def test_sizes_that_are_no_sizes(field: bytes) -> None:
    block = bytearray(block_of("x"))
    block[124:136] = field
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    with pytest.raises(Damaged) as caught:
        parse_tar_header(bytes(block))
    assert caught.value.code == "archive-damaged"
