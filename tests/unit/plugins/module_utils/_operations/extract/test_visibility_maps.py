# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are visibility maps, and that only they go."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.visibility_maps import (
    is_visibility_map,
    remove_visibility_maps,
)

MAPS = (
    "base/5/1259_vm",
    "base/5/16384_vm.1",
    "global/1262_vm",
    "PG_18_202506291/5/16385_vm",
    "pg_tblspc/9/PG_17_1/5/7_vm",
)
OTHERS = (
    "base/5/1259",
    "base/5/1259_fsm",
    "base/5/1259.1",
    "base/5/1259_init",
    "base/5/t3_1259_vm",
    "base/notes/1259_vm",
    "pg_wal/1259_vm",
    "1259_vm",
)


@pytest.mark.parametrize("path", MAPS)
def test_map_of_a_relation(path: str) -> None:
    assert is_visibility_map(path)


@pytest.mark.parametrize("path", OTHERS)
def test_no_map_of_a_relation(path: str) -> None:
    assert not is_visibility_map(path)


def test_only_maps_are_removed(tmp_path: Path) -> None:
    for name in (*MAPS, *OTHERS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert remove_visibility_maps(str(tmp_path)) == len(MAPS)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == sorted(OTHERS)
