# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments and a repository made by hand, for tests that need no server."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository_identity import RepositoryIdentity, Writer
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.machine import hostname, machine_id
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository import Repository
from verify_repository import FULL, NEXT, SYSTEM_IDENTIFIER, write_backup

SEGMENT_BYTES = 1 << 20


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
    made = Repository(str(tmp_path / "it's a repository")).cluster("db1")
    writer = Writer(machine_id(), hostname(), os.path.realpath(data_directory), "2026-11-22T15:00:00.000000Z")
    identity = RepositoryIdentity(
        "db1", (SYSTEM_IDENTIFIER,), (15,), SegmentSize(SEGMENT_BYTES), "2026-11-22T15:00:00.000000Z", (writer,)
    )
    made.write_identity(identity)
    return made


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
        start = number * SEGMENT_BYTES
        header = struct.pack("=HHIQI4xQII", 0xD110, 2, timeline, start, rest, int(system), SEGMENT_BYTES, 8192)
        content = (header + (body or os.urandom(5000))).ljust(SEGMENT_BYTES, b"\0")
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
