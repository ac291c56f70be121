# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of every layer share: a scripted runner, and a repository made by hand, for tests that need no server."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from fake_runner import FakeRunner
from registered_cluster import SYSTEM_IDENTIFIER, register, segment_content
from verify_repository import FULL, NEXT, write_backup


class ScriptedRunner(FakeRunner):
    """A runner that plays a script: a missing, extra or different call fails the test.

    Answers the calls that it was told of, in any order, each as often as it comes."""

    def __init__(self, answers: Mapping[tuple[str, ...], str | PitrError]) -> None:
        self._answers = answers
        self.asked: set[tuple[str, ...]] = set()

    def answer(self, argv: tuple[str, ...]) -> Result:
        if argv not in self._answers:
            raise AssertionError(f"unexpected call: {argv}")
        self.asked.add(argv)
        answer = self._answers[argv]
        return Result(argv, 1, "", answer.message) if isinstance(answer, PitrError) else Result(argv, 0, answer, "")

    def assert_all_asked(self) -> None:
        """Every call of the script was made."""
        assert set(self._answers) == self.asked


@pytest.fixture
def make_runner() -> Callable[[Mapping[tuple[str, ...], str | PitrError]], ScriptedRunner]:
    """Makes a runner from what each command answers; an error makes it fail in these words."""
    return ScriptedRunner


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
