# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.archive_status import (
    read_archive_status,
    read_ready_files,
)


def test_waiting_files_are_those_marked_ready(tmp_path: Path) -> None:
    status = tmp_path / "pg_wal" / "archive_status"
    status.mkdir(parents=True)
    for name, age_seconds in (("B.ready", 10), ("A.ready", 30), ("C.done", 99)):
        (status / name).touch()
        os.utime(status / name, (1000 - age_seconds, 1000 - age_seconds))

    ready = read_ready_files(str(tmp_path), now_seconds=1000)

    assert (ready.names, ready.oldest_seconds) == (("A", "B"), 30)
    assert read_archive_status(str(tmp_path)).files["C"].finished_at == 901
