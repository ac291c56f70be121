# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of another host that may have been taken over."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.answers import names_of, room_of, stat_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.wire import Disconnected

LARGE = "9" * 5000


@pytest.mark.parametrize(
    "fields",
    [
        ["-1", "1.0", "v"],
        ["\u00b2", "1.0", "v"],
        [LARGE, "1.0", "v"],
        ["12", "nan", "v"],
        ["12", "inf", "v"],
        ["12", "1e400", "v"],
        ["12", "", "v"],
        ["12"],
        ["12", "yesterday", "v"],
        ["12", "1.0", "a line\nand another"],
        ["12", "1.0", "v" * 5000],
    ],
)
def test_size_time_and_version_are_what_they_should_be_or_nothing_is_believed(fields: list[str]) -> None:
    with pytest.raises(Disconnected):
        stat_of(fields)


@pytest.mark.parametrize("fields", [[""], ["", "", ""], []])
def test_nothing_is_stored_where_there_is_no_size(fields: list[str]) -> None:
    assert stat_of(fields) is None


@pytest.mark.parametrize("told", ["x", "-1", "1.5", LARGE, "\u0663"])
def test_room_is_a_number(told: str) -> None:
    with pytest.raises(Disconnected):
        room_of([told])


@pytest.mark.parametrize(
    ("name", "delimiter", "is_there"),
    [
        ("base.tar.zst", "/", True),
        (".lock", "/", True),
        ("..", "/", False),
        ("../../etc/passwd", "", False),
        ("/etc/passwd", "", False),
        ("a/../b", "", False),
        ("wal/00000001/x", "", True),
        ("wal/00000001/x", "/", False),
        ("", "/", False),
        ("20260101T000000Z-full\n20260102T000000Z-full", "/", False),
        ("\x1b[2Jx", "/", False),
        ("\udcff", "/", False),
        ("x" * 2000, "/", False),
    ],
)
def test_name_that_is_no_key_is_not_there(name: str, delimiter: str, is_there: bool) -> None:
    content = f"first\0{name}\0last".encode("utf-8", "surrogateescape")
    assert names_of(content, delimiter=delimiter) == ["first", *([name] if is_there else []), "last"]


def test_listing_of_more_names_than_any_is_refused() -> None:
    with pytest.raises(Disconnected):
        names_of(b"\0" * (1 << 20), delimiter="/")
