# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unlogged relations are hidden from a recovery and shown again, wherever they lie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.unlogged import hide_unlogged, show_unlogged

LOGGED = ("base/5/16384", "base/5/16384_vm", "base/5/16384_fsm.1", "base/5/PG_VERSION", "base/1/pg_filenode.map")
UNLOGGED = ("base/5/16390_init", "pg_tblspc/16500/PG_15_202209061/5/16391_init")
OTHERS = ("base/5/t3_16384", "pg_tblspc/16500/notes/5/16391_init", "global/1260", "base/5/my_init")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "space").mkdir()
    (tmp_path / "data" / "pg_tblspc").mkdir(parents=True)
    (tmp_path / "data" / "pg_tblspc" / "16500").symlink_to(tmp_path / "space")
    for name in (*LOGGED, *UNLOGGED, *OTHERS):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "data"


def files(data: Path) -> set[str]:
    found = (os.path.join(place, name) for place, _unused, names in os.walk(data, followlinks=True) for name in names)
    return {os.path.relpath(path, data) for path in found}


def test_only_initialization_forks_are_hidden_and_come_back(data: Path) -> None:
    hide_unlogged(str(data))
    hide_unlogged(str(data))
    assert files(data) == {*LOGGED, *OTHERS, *(f"{name}.pitr-hidden" for name in UNLOGGED)}

    show_unlogged(str(data))
    show_unlogged(str(data))
    assert files(data) == {*LOGGED, *OTHERS, *UNLOGGED}
    assert (data / UNLOGGED[1]).read_text() == UNLOGGED[1]


def test_lost_directory_has_none(tmp_path: Path) -> None:
    hide_unlogged(str(tmp_path / "none"))
    show_unlogged(str(tmp_path / "none"))
    assert os.listdir(tmp_path) == []
