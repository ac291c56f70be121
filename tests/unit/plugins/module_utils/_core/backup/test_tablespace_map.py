# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.tablespace_map import (
    parse_tablespace_map,
    tablespace_map,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged


@pytest.mark.parametrize(
    ("locations", "content"),
    [
        pytest.param({}, b"", id="none"),
        pytest.param({16385: "/srv/a b"}, b"16385 /srv/a b\n", id="a space"),
        pytest.param({7: "/b", 16385: "/a"}, b"7 /b\n16385 /a\n", id="two"),
        pytest.param({7: "/a\nb\rc\\d"}, b"7 /a\\\nb\\\rc\\\\d\n", id="escaped"),
        pytest.param({7: "/gr\u00fcn"}, "7 /gr\u00fcn\n".encode(), id="letters"),
        pytest.param({7: "/gr\udcfcn"}, b"7 /gr\xfcn\n", id="of another encoding"),
    ],
)
def test_round_trip(locations: dict[int, str], content: bytes) -> None:
    assert parse_tablespace_map(content) == locations
    assert tablespace_map(locations) == content


@pytest.mark.parametrize(
    "content",
    [b"7\n", b"7 \n", b"/a\n", b"x /a\n", b"7 a\n", b"7 /a/../b\n", b"7 /\n", b"7 /a\0\n", b"9" * 5000 + b" /a\n"],
)
def test_what_is_no_map(content: bytes) -> None:
    with pytest.raises(Damaged) as caught:
        parse_tablespace_map(content)
    assert caught.value.code == "backup-damaged"
