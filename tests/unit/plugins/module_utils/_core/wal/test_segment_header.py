# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import struct

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, PitrError, Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_header import (
    check_segment,
    parse_segment_header,
)

MIB = 1024 * 1024
NAME = "000000020000000000000003"


def header(
    *,
    order: str = "<",
    magic: int = 0xD110,
    info: int = 2,
    timeline: int = 2,
    start: int = 3 * 16 * MIB,
    system: int = 7123456789012345678,
    size: int = 16 * MIB,
) -> bytes:
    """The first bytes of a segment as PostgreSQL writes them (XLogLongPageHeaderData)."""
    return struct.pack(order + "HHIQI4xQII", magic, info, timeline, start, 0, system, size, 8192)


@pytest.mark.parametrize(
    ("order", "name"), [pytest.param("<", "little", id="little"), pytest.param(">", "big", id="big")]
)
def test_header_is_read_in_the_order_of_the_host(order: str, name: str) -> None:
    parsed = parse_segment_header(header(order=order), name=NAME, byte_order=name)
    assert (parsed.magic, parsed.timeline, parsed.page_address) == (0xD110, 2, 3 * 16 * MIB)
    assert (parsed.system_identifier, parsed.segment_size_bytes) == ("7123456789012345678", 16 * MIB)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(header()[:39], id="cut"),
        pytest.param(bytes(8192), id="zeroes"),
        pytest.param(header(info=0), id="short header"),
        pytest.param(header(magic=0x1234), id="other magic"),
    ],
)
def test_content_that_is_no_segment_is_damaged(content: bytes) -> None:
    with pytest.raises(Damaged) as caught:
        parse_segment_header(content, name=NAME, byte_order="little")
    assert caught.value.code == "segment-damaged"
    assert NAME in caught.value.message


@pytest.mark.parametrize(
    ("content", "size_bytes", "error", "code", "told"),
    [
        pytest.param(header(system=1), 16 * MIB, Refused, "segment-foreign", "identifier 1,", id="another cluster"),
        pytest.param(header(), 5 * MIB, Damaged, "segment-damaged", "5242880 bytes", id="truncated"),
        pytest.param(
            header(size=MIB), MIB, Damaged, "segment-damaged", "states a size of 1048576", id="another segment size"
        ),
        pytest.param(header(timeline=3), 16 * MIB, Damaged, "segment-damaged", "timeline 3", id="newer timeline"),
        pytest.param(header(start=0), 16 * MIB, Damaged, "segment-damaged", "byte 0 ", id="another place"),
    ],
)
def test_segment_that_is_not_what_its_name_says(
    content: bytes, size_bytes: int, error: type[PitrError], code: str, told: str
) -> None:
    parsed = parse_segment_header(content, name=NAME, byte_order="little")
    with pytest.raises(error) as caught:
        check_segment(
            parsed,
            name=NAME,
            size_bytes=size_bytes,
            system_identifiers=["7123456789012345678"],
            segment_size_bytes=16 * MIB,
        )
    assert caught.value.code == code
    assert told in caught.value.message


@pytest.mark.parametrize(
    "timeline", [pytest.param(2, id="own timeline"), pytest.param(1, id="began as its ancestor's")]
)
def test_segment_of_the_cluster_passes(timeline: int) -> None:
    parsed = parse_segment_header(header(timeline=timeline), name=NAME, byte_order="little")
    check_segment(
        parsed,
        name=NAME,
        size_bytes=16 * MIB,
        system_identifiers=["1", "7123456789012345678"],
        segment_size_bytes=16 * MIB,
    )
