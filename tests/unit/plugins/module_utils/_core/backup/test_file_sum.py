# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sums of files tell every difference, whatever the order, and whether a path came twice."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.file_sum import FileSum
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest_check import ReadFile

FILES = [("a", ReadFile(1, "00")), ("b", ReadFile(2, "")), ("base/5/\udcc3", ReadFile(3, "ff"))]


def sum_of(files: Iterable[tuple[str, ReadFile]]) -> FileSum:
    summed = FileSum()
    for path, file in files:
        summed[path] = file
    return summed


def test_order_and_parts_make_no_difference() -> None:
    in_parts = FileSum()
    in_parts.add(sum_of(FILES[2:]))
    in_parts.add(sum_of(reversed(FILES[:2])))
    assert in_parts.is_same(sum_of(FILES)) and in_parts.is_unique and in_parts.count == 3


@pytest.mark.parametrize(
    "others",
    [
        pytest.param(FILES[:2], id="missing"),
        pytest.param([*FILES, ("c", ReadFile(0, ""))], id="further"),
        pytest.param([*FILES, FILES[0]], id="twice"),
        pytest.param([*FILES[:2], FILES[0]], id="another twice"),
        pytest.param([("a", ReadFile(2, "00")), *FILES[1:]], id="size"),
        pytest.param([("a", ReadFile(1, "01")), *FILES[1:]], id="checksum"),
        pytest.param([("A", ReadFile(1, "00")), *FILES[1:]], id="name"),
        pytest.param([("b", ReadFile(1, "00")), ("a", ReadFile(2, "")), FILES[2]], id="contents swapped"),
        pytest.param([("a1", ReadFile(1, "00")), *FILES[1:]], id="longer name"),
    ],
)
def test_every_difference_is_told(others: list[tuple[str, ReadFile]]) -> None:
    assert not sum_of(others).is_same(sum_of(FILES))


def test_path_that_came_twice_is_told_across_parts() -> None:
    whole = sum_of(FILES)
    whole.add(sum_of([("a", ReadFile(9, "09"))]))
    assert not whole.is_unique
