# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.absent.host_survey import (
    usable_socket_directories,
)


def test_socket_directories_are_the_old_ones_that_are_here_or_the_builds(tmp_path: Path) -> None:
    here, other = str(tmp_path), "/nowhere/run"
    assert usable_socket_directories(f"{other}, {here}", fallback="/run") == here
    assert usable_socket_directories(other, fallback=here) == here
    assert usable_socket_directories(other, fallback=other) == ""
