# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of field faults names tests that exist, and at least two for each fault besides the instance's own."""

from __future__ import annotations

import re

import pytest
from sources import CHECKOUT

PAGE = (CHECKOUT / "docs" / "field-faults.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([ABC]\d+a?): (.*)\|$", PAGE, re.MULTILINE)
TESTS = frozenset(
    name
    for path in (CHECKOUT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
)


def named_in(text: str) -> set[str]:
    return set(re.findall(r"`(test_\w+)`", text))


def test_named_tests_exist() -> None:
    assert sorted(named_in(PAGE) - TESTS) == []


def test_every_point_has_its_neighbours() -> None:
    numbers = {"A": range(1, 7), "B": range(7, 18), "C": range(18, 28)}
    points = {f"{letter}{number}" for letter, found in numbers.items() for number in found}
    assert {point for point, _rest in ROWS} == {*points, "B17a"}


@pytest.mark.parametrize(("point", "rest"), ROWS, ids=[point for point, _rest in ROWS])
def test_neighbours_of_a_point_have_tests(point: str, rest: str) -> None:
    _instance, neighbours, tests = rest.split(" | ")
    assert neighbours.count(";") or point in ("C25",)
    assert len(named_in(tests)) >= 2
