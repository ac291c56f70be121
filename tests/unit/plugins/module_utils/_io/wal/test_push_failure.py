# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.push_failure import (
    FILE_NAME,
    note_push_failure,
    read_push_failure,
)

FULL = Unavailable("there is no room", code="repository-full", hint="Free space.")


def test_last_failure_is_read_again_by_its_owner_alone(tmp_path: Path) -> None:
    note_push_failure(str(tmp_path), "S1", error=OSError(5, "Input/output error"))
    note_push_failure(str(tmp_path), "S2", error=FULL)

    found = read_push_failure(str(tmp_path))
    assert found is not None
    assert (found.name, found.code, found.message) == ("S2", "repository-full", "there is no room")
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == [FILE_NAME]


def test_link_in_its_place_is_neither_followed_nor_read(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / FILE_NAME).symlink_to(target)
    note_push_failure(str(tmp_path), "S1", error=FULL)

    assert target.read_text() == "mine"
    assert read_push_failure(str(tmp_path)) is None


def test_what_cannot_be_written_or_read_is_passed_over(tmp_path: Path) -> None:
    note_push_failure(str(tmp_path / "gone"), "S1", error=FULL)
    assert read_push_failure(str(tmp_path / "gone")) is None
    os.mkfifo(tmp_path / FILE_NAME)
    note_push_failure(str(tmp_path), "S1", error=FULL)
    assert read_push_failure(str(tmp_path)) is None
