# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.path_text import (
    is_below,
    is_inner_path,
    is_plain_directory,
    is_within,
    normal_directory,
)

NOT_INNER = ["", "/etc/passwd", "..", "../x", "a/../b", "a/./b", "a//b", "a/", "a\0b", "x" * 5000, "\ud800"]


@pytest.mark.parametrize("path", NOT_INNER)
def test_paths_that_lead_elsewhere(path: str) -> None:
    assert not is_inner_path(path)
    assert not is_plain_directory("/" + path)


@pytest.mark.parametrize("path", ["PG_VERSION", "base/5/1259_vm.1", "a b", "a\nb", "b\udcc3", "..a", "...", "a."])
def test_paths_that_stay(path: str) -> None:
    assert is_inner_path(path)
    assert is_plain_directory("/" + path)
    assert not is_plain_directory(path)


@pytest.mark.parametrize(
    ("path", "expected"), [("/srv//ts/./1/", "/srv/ts/1"), ("/", "/"), ("srv//x", "srv//x"), ("/a/../b", "/a/../b")]
)
def test_what_ln_may_have_been_given(path: str, expected: str) -> None:
    assert normal_directory(path) == expected


@pytest.mark.parametrize(
    ("path", "directory", "below", "within"),
    [
        ("/srv/pg/data", "/srv/pg", True, True),
        ("/srv/pg/data", "/srv/pg/", True, True),
        ("/srv/pg", "/srv/pg", False, True),
        ("/srv/pg2", "/srv/pg", False, False),
        ("/srv", "/srv/pg", False, False),
        ("/srv", "/", True, True),
    ],
)
def test_where_a_path_leads(path: str, directory: str, below: bool, within: bool) -> None:
    assert (is_below(path, directory), is_within(path, directory)) == (below, within)
