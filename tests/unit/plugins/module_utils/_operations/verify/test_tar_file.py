# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.records import read_backups
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.rate_limit import RateLimit
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.tar_stream import PIECE_BYTES
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.tar_file import FileTask, verify_file
from verify_repository import write_backup, write_tar


class NotedPace(RateLimit):
    def __init__(self) -> None:
        super().__init__(None)
        self.spent: list[int] = []

    def spend(self, size_bytes: int) -> None:
        self.spent.append(size_bytes)


def test_archive_is_paid_for_as_it_is_read(folder: ClusterFolder) -> None:
    directory = write_backup(folder)
    archive = Path(directory) / "base.tar.gz"
    write_tar(archive, {"base/1/1259": os.urandom(3 * PIECE_BYTES)})
    size_bytes, rate_limit, noted = archive.stat().st_size, NotedPace(), []
    task = FileTask(read_backups(folder)[0], str(directory), archive.name, size_bytes)

    verify_file(task, note=noted.append, rate_limit=rate_limit)

    rest_bytes = size_bytes - 3 * PIECE_BYTES
    assert rate_limit.spent == noted == [*([PIECE_BYTES] * 3), rest_bytes, 0]
