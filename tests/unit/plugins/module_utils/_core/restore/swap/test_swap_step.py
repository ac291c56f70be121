# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_step import (
    MakeDirectory,
    RemoveDirectory,
    Rename,
    Step,
    needs_sync,
)


@pytest.mark.parametrize(
    ("step", "paths", "text"),
    [
        (Rename("/a", "/b"), ("/a", "/b"), "rename /a -> /b"),
        (MakeDirectory("/a"), ("/a",), "make /a"),
        (RemoveDirectory("/a"), ("/a",), "remove /a"),
    ],
)
def test_step_says_what_it_changes(step: Step, paths: tuple[str, ...], text: str) -> None:
    assert (step.paths, str(step)) == (paths, text)


def aside(name: str) -> Rename:
    return Rename(f"/pg/{name}", f"/pg/old/{name}")


@pytest.mark.parametrize(
    ("step", "following", "expected"),
    [
        pytest.param(aside("base"), aside("pg_xact"), False, id="entries of one directory"),
        pytest.param(aside("global"), aside("base"), True, id="the control file leaves first"),
        pytest.param(Rename("/pg/new/x", "/pg/x"), Rename("/pg/new/global", "/pg/global"), True, id="and comes last"),
        pytest.param(aside("zfs"), Rename("/pg/new/base", "/pg/base"), True, id="room for what comes"),
        pytest.param(Rename("/a", "/a.old"), Rename("/b/a.new", "/b/a"), True, id="directories"),
        pytest.param(MakeDirectory("/pg/old"), aside("global"), True, id="a place to be"),
        pytest.param(aside("base"), None, True, id="the last one"),
    ],
)
def test_only_entries_that_may_come_in_any_order_share_a_sync(
    step: Step, following: Step | None, expected: bool
) -> None:
    assert needs_sync(step, following) is expected
