# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.named_directories import (
    look_at_directories,
    resolved,
)


def data_directory(path: Path) -> Path:
    (path / "global").mkdir(parents=True)
    (path / "PG_VERSION").write_text("18\n")
    (path / "global" / "pg_control").write_bytes(b"x")
    return path


def test_what_lies_at_each_name(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "full" / "x").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "full")
    (tmp_path / "file").write_text("")
    names = ("missing", "empty", "full", "link", "file")
    found = look_at_directories([str(tmp_path / name) for name in names], own="/none")
    assert [found[str(tmp_path / name)].names for name in names] == [
        None, frozenset(), frozenset({"x"}), frozenset({"x"}), frozenset({"file"}),
    ]  # fmt: skip
    assert found[str(tmp_path / "link")].resolved == str(tmp_path / "full")


def test_inside_a_data_directory(tmp_path: Path) -> None:
    inside = data_directory(tmp_path / "data") / "a" / "b"
    for path in (inside, tmp_path / "data"):
        assert look_at_directories([str(path)], own="/none")[str(path)].data_directory == str(tmp_path / "data")


def test_links_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/srv")
    assert resolved([str(tmp_path / "link"), "/mnt"]) == ("/srv", "/mnt")
