# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of the two commands that PostgreSQL runs."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.console.command_line import (
    cluster_and_names,
    take_option,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput


@pytest.mark.parametrize(
    ("arguments", "value", "others"),
    [
        (["--cluster", "a", "b"], "a", ["b"]),
        (["b", "--cluster=a"], "a", ["b"]),
        (["--cluster="], "", []),
        (["--clusters", "a"], None, ["--clusters", "a"]),
        ([], None, []),
    ],
)
def test_option_is_taken_out(arguments: list[str], value: str | None, others: list[str]) -> None:
    assert take_option(arguments, name="--cluster") == (value, others)


@pytest.mark.parametrize(
    "arguments", [["--cluster"], ["--cluster", "a", "--cluster", "b"], ["--cluster=a", "--cluster"]]
)
def test_option_without_or_with_two_values_is_refused(arguments: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        take_option(arguments, name="--cluster")
    assert caught.value.code == "usage"


@pytest.mark.parametrize(
    ("arguments", "names", "found"),
    [
        (["--cluster", "a", "x"], ("%p",), ("a", ["x"])),
        (["x", "--cluster=a", "y"], ("%f", "%p"), ("a", ["x", "y"])),
        (["--cluster", "a"], (), ("a", [])),
    ],
)
def test_cluster_and_names_are_read(arguments: list[str], names: tuple[str, ...], found: tuple[str, list[str]]) -> None:
    assert cluster_and_names(arguments, names=names) == found


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["x"], "--cluster is missing"),
        (["--cluster", "a"], "%p is missing"),
        (["--cluster", "a", "x", "y"], "unexpected argument 'y'"),
        (["--cluster", "a", "--unti=1", "x"], "unknown option '--unti'"),
    ],
)
def test_what_is_wrong_is_named(arguments: list[str], words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        cluster_and_names(arguments, names=("%p",))
    assert (caught.value.code, caught.value.message) == ("usage", words)
