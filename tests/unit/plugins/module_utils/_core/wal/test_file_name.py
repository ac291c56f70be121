# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.file_name import (
    segment_name,
    segment_number,
    timeline_of,
    wal_file_kind,
    wal_folder,
)

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param("000000010000000000000003", "segment", id="segment"),
        pytest.param("000000010000000000000003.partial", "partial", id="last of an old timeline"),
        pytest.param("000000010000000000000003.00000028.backup", "backup", id="backup history"),
        pytest.param("00000002.history", "history", id="timeline history"),
        pytest.param("000000010000000000000003.", None, id="empty suffix"),
        pytest.param("00000001000000000000000g", None, id="not hexadecimal"),
        pytest.param("00000001000000000000000a", None, id="lower case"),
        pytest.param("0000000100000000000003", None, id="too short"),
        pytest.param("000000010000000000000003.zst", None, id="compressed"),
        pytest.param("000000010000000000000003.0000002.backup", None, id="short offset"),
        pytest.param("2.history", None, id="short timeline"),
        pytest.param("RECOVERYXLOG", None, id="name of recovery"),
        pytest.param("", None, id="empty"),
    ],
)
def test_kind_of_file(name: str, kind: str | None) -> None:
    assert wal_file_kind(name) == kind


@pytest.mark.parametrize(
    ("name", "size_bytes", "timeline", "number"),
    [
        pytest.param("000000010000000000000003", 16 * MIB, 1, 3, id="16 MiB"),
        pytest.param("0000000A0000000100000000", 16 * MIB, 10, 256, id="next log of 16 MiB"),
        pytest.param("000000010000000100000FFF", MIB, 1, 8191, id="1 MiB has 4096 a log"),
        pytest.param("000000010000000200000003", 1024 * MIB, 1, 11, id="1 GiB has 4 a log"),
    ],
)
def test_number_survives_the_round_trip(name: str, size_bytes: int, timeline: int, number: int) -> None:
    assert timeline_of(name) == timeline
    assert segment_number(name, size_bytes=size_bytes) == number
    assert segment_name(number, timeline=timeline, size_bytes=size_bytes) == name


def test_history_lies_beside_the_logs_of_its_timeline() -> None:
    assert wal_folder("00000002.history") == "00000002"
    assert wal_folder("00000002000000A200000003") == "00000002/000000A2"
    assert wal_folder("00000002000000A200000003.partial") == "00000002/000000A2"
