# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes while retention removes directories that have become empty."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder


def push_with_removal(folder: ClusterFolder, source: Path, *, at_change: int, where: Path) -> bool:
    """Store a segment while its directories, if empty, are removed before its change of this number; did it get there.

    In a process of its own, as a hook stays for ever.
    """
    child = os.fork()
    if child == 0:
        count = 0

        def remove_directories(event: str, _arguments: tuple[object, ...]) -> None:
            nonlocal count
            if event not in _PUSH_EVENTS:
                return
            count += 1
            if count == at_change:
                for directory in (where, where.parent):
                    with contextlib.suppress(OSError):
                        os.rmdir(directory)

        try:
            sys.addaudithook(remove_directories)
            folder.store_wal(str(source), data_directory=str(source.parent.parent), compression="none")
            os._exit(0 if count >= at_change else 3)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 3), at_change
    return code == 0


_PUSH_EVENTS = {"open", "os.mkdir", "os.chmod", "os.link", "os.rename", "os.remove", "fcntl.flock"}


def test_a_push_succeeds_whenever_its_directories_go_away(
    folder: ClusterFolder, make_segment: Callable[..., Path]
) -> None:
    source = make_segment(4096 * 3)
    log = Path(folder.wal_directory) / "00000001/00000003"
    change = 1
    while push_with_removal(folder, source, at_change=change, where=log):
        assert folder.find_wal(source.name), change
        shutil.rmtree(log.parent)
        if change % 2:
            # Every other time the directories are there before the push.
            log.mkdir(parents=True)
        change += 1
    assert change > 15


def test_a_push_makes_no_directories_where_the_repository_is_gone(
    folder: ClusterFolder, make_segment: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_segment(3)
    real = os.mkdir

    def mkdir_when_unmounted(path: str, *arguments: int) -> None:
        os.unlink(f"{folder.path}/cluster.json")
        os.rmdir(folder.wal_directory)
        monkeypatch.setattr(os, "mkdir", real)
        raise FileNotFoundError(2, "No such file or directory", path)

    monkeypatch.setattr(os, "mkdir", mkdir_when_unmounted)
    with pytest.raises(Unavailable):
        folder.store_wal(str(source), data_directory=str(source.parent.parent))
    assert not os.path.exists(folder.wal_directory)
