# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links and map of tablespaces name where they are now."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.tablespace_map import parse_tablespace_map
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.tablespace_links import (
    set_links,
    write_tablespace_map,
)

PLACES = {16400: "/mnt/it's fast", 16401: "/mnt/slow"}


def test_links_of_the_backup_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "pg_tblspc").mkdir()
    os.symlink("/mnt/before", tmp_path / "pg_tblspc" / "16400")
    set_links(str(tmp_path), PLACES)
    set_links(str(tmp_path), PLACES)
    assert {int(link.name): os.readlink(link) for link in (tmp_path / "pg_tblspc").iterdir()} == PLACES


def test_map_is_written_where_there_are_tablespaces(tmp_path: Path) -> None:
    write_tablespace_map(str(tmp_path), {})
    assert os.listdir(tmp_path) == []
    write_tablespace_map(str(tmp_path), PLACES)
    assert parse_tablespace_map((tmp_path / "tablespace_map").read_bytes()) == PLACES
