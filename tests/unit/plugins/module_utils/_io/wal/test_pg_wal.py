# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which segments in pg_wal have WAL of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.pg_wal import (
    live_histories,
    live_segments,
    received_segments,
)
from registered_cluster import SYSTEM_IDENTIFIER

MIB = 1 << 20
Make = Callable[..., Path]


def found(data_directory: Path, **more: object) -> list[str]:
    directory = str(data_directory / "pg_wal")
    return sorted(
        live_segments(directory, system_identifier=SYSTEM_IDENTIFIER, segment_size_bytes=MIB, **more)  # type: ignore[arg-type]
    )


def name(number: int, timeline: int = 1) -> str:
    return f"{timeline:08X}00000000{number:08X}"


def test_segments_that_are_what_their_names_say(data_directory: Path, make_segment: Make) -> None:
    make_segment(3)
    make_segment(4)
    make_segment(5, suffix=".partial")
    (data_directory / "pg_wal" / "archive_status").mkdir()
    assert found(data_directory) == [name(3), name(4)]
    assert found(data_directory, only=lambda each: each.endswith("4")) == [name(4)]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.rename(path.with_name(name(9))), id="recycled for a later segment"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), id="truncated"),
        pytest.param(lambda path: path.write_bytes(bytes(MIB)), id="zeroed"),
    ],
)
def test_segments_that_are_not(data_directory: Path, make_segment: Make, spoil: Callable[[Path], object]) -> None:
    spoil(make_segment(3))
    assert found(data_directory) == []


def test_segments_of_another_cluster(data_directory: Path, make_segment: Make) -> None:
    make_segment(3, system="4711")
    assert found(data_directory) == []


def test_a_page_may_name_the_ancestor_only_before_the_switch(data_directory: Path, make_segment: Make) -> None:
    (data_directory / "pg_wal" / "00000002.history").write_text("1\t0/480000\twhy\n")
    for number in (4, 5):
        make_segment(number).rename(data_directory / "pg_wal" / name(number, timeline=2))
    make_segment(6, timeline=2)
    assert found(data_directory) == [name(4, timeline=2), name(6, timeline=2)]


def test_histories_that_cannot_be_read_are_left_out(data_directory: Path) -> None:
    for timeline, text in ((2, "1\t0/480000\twhy\n"), (3, "nonsense\n")):
        (data_directory / "pg_wal" / f"0000000{timeline}.history").write_text(text)
    assert list(live_histories(str(data_directory / "pg_wal"))) == [2]


def test_a_data_directory_without_wal_has_none(tmp_path: Path) -> None:
    assert found(tmp_path) == [] and live_histories(str(tmp_path / "pg_wal")) == {}


def received(data_directory: Path) -> dict[str, str]:
    directory = str(data_directory / "pg_wal")
    paths = received_segments(directory, system_identifier=SYSTEM_IDENTIFIER, segment_size_bytes=MIB)
    return {each: Path(path).name for each, path in paths.items()}


def test_segment_that_was_being_received_counts(data_directory: Path, make_segment: Make) -> None:
    make_segment(3)
    make_segment(4, suffix=".partial")
    assert received(data_directory) == {name(3): name(3), name(4): f"{name(4)}.partial"}
    # The receiver gave it its name in between.
    make_segment(4)
    assert received(data_directory) == {name(3): name(3), name(4): name(4)}


def test_partial_segment_of_another_cluster_or_of_another_size_does_not_count(
    data_directory: Path, make_segment: Make
) -> None:
    make_segment(3, suffix=".partial", system="4711")
    path = make_segment(4, suffix=".partial")
    path.write_bytes(path.read_bytes()[:5000])
    assert received(data_directory) == {}
