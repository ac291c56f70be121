# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments and a repository made by hand, for tests that need no server."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.cluster_folder import ClusterFolder
from registered_cluster import SYSTEM_IDENTIFIER, register, segment_content
from verify_repository import FULL, NEXT, write_backup


@pytest.fixture
def data_directory(tmp_path: Path) -> Path:
    """What stands for a cluster's data directory."""
    path = tmp_path / "it's data"
    (path / "pg_wal").mkdir(parents=True)
    return path


@pytest.fixture
def folder(tmp_path: Path, data_directory: Path) -> ClusterFolder:
    """The folder of a registered cluster with segments of 1 MiB."""
    (tmp_path / "it's a repository").mkdir(mode=0o700)
    return register(tmp_path / "it's a repository", data_directory=data_directory)


@pytest.fixture
def make_segment(data_directory: Path) -> Callable[..., Path]:
    """Writes a segment into ``pg_wal``: ``make_segment(3)``, ``make_segment(3, system="1", body=b"x")``."""

    def make(
        number: int,
        *,
        timeline: int = 1,
        system: str = SYSTEM_IDENTIFIER,
        body: bytes = b"",
        suffix: str = "",
        rest: int = 0,
    ) -> Path:
        content = segment_content(number, timeline=timeline, system=system, body=body or os.urandom(5000), rest=rest)
        path = data_directory / "pg_wal" / f"{timeline:08X}{number // 4096:08X}{number % 4096:08X}{suffix}"
        path.write_bytes(content)
        return path

    return make


@pytest.fixture
def store(folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path) -> Callable[..., None]:
    def put(*numbers: int, **more: Any) -> None:
        for number in numbers:
            path = make_segment(number, **more)
            folder.store_wal(str(path), data_directory=str(data_directory), compression="gzip")

    return put


@pytest.fixture
def chain(folder: ClusterFolder, store: Callable[..., None]) -> ClusterFolder:
    """A full backup in segment 3, an incremental one in 6, and WAL from 2 to 8."""
    store(*range(2, 9))
    write_backup(folder)
    write_backup(folder, label=NEXT, parent=FULL, first=6)
    return folder
