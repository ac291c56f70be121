# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster that may archive, as far as the repository knows, and segments that it could have written."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.identity import RepositoryIdentity, Writer
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.machine import hostname, machine_id
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository

SEGMENT_BYTES = 1 << 20
SYSTEM_IDENTIFIER = "7123456789012345678"
SINCE = "2026-11-22T15:00:00.000000Z"


def register(repository: Path, *, data_directory: Path) -> ClusterFolder:
    """The folder `db1` of a cluster whose writer is this data directory of this host."""
    folder = Repository(str(repository)).cluster("db1")
    writer = Writer(machine_id(), hostname(), os.path.realpath(data_directory), SINCE)
    size = SegmentSize(SEGMENT_BYTES)
    folder.write_identity(RepositoryIdentity("db1", (SYSTEM_IDENTIFIER,), (15,), size, SINCE, (writer,)))
    return folder


def segment_content(
    number: int, *, timeline: int = 1, system: str = SYSTEM_IDENTIFIER, body: bytes = b"", rest: int = 0
) -> bytes:
    """A segment of PostgreSQL 15; ``rest`` bytes of its beginning belong to a record of the one before."""
    start = number * SEGMENT_BYTES
    header = struct.pack("=HHIQI4xQII", 0xD110, 2, timeline, start, rest, int(system), SEGMENT_BYTES, 8192)
    return (header + body).ljust(SEGMENT_BYTES, b"\0")
