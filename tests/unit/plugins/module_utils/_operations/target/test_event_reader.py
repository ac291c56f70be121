# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import WalExtract
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.target.event_reader import EventReader
from fake_runner import FakeRunner
from fixture_files import FIXTURES


class Waldump(FakeRunner):
    """Answers once."""

    def __init__(self, *, rc: int, stdout: str, stderr: str) -> None:
        self._answers = [(rc, stdout, stderr)]

    def answer(self, argv: tuple[str, ...]) -> Result:
        return Result(argv, *self._answers.pop())


@pytest.fixture
def scan(
    folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path
) -> Callable[[Waldump], WalExtract]:
    """Reads the segment 3, which is the last one."""
    folder.store_wal(str(make_segment(3)), data_directory=str(data_directory), compression="gzip")
    wal = ArchivedWal.stored(folder.stored_wal(), histories={})

    def read(waldump: Waldump) -> WalExtract:
        with EventReader(folder, wal=wal, live={}, bin_directory="/bin", version=15, runner=waldump) as opened:
            return opened.read(timeline=1, first=3, last=3)

    return read


@pytest.mark.parametrize(
    ("rc", "stderr"),
    [
        pytest.param(0, "", id="a full segment"),
        pytest.param(1, (FIXTURES / "pg_waldump-15-end.txt").read_text(), id="the end in 15"),
        pytest.param(1, (FIXTURES / "pg_waldump-18-end.txt").read_text(), id="the end in 18"),
        pytest.param(1, "pg_waldump: error: could not find a valid record after 0/300000", id="inside of a record"),
    ],
)
def test_end_of_wal_is_no_failure(scan: Callable[[Waldump], WalExtract], rc: int, stderr: str) -> None:
    assert scan(Waldump(rc=rc, stdout="", stderr=stderr)).events == ()


@pytest.mark.parametrize(
    ("rc", "stderr"),
    [
        pytest.param(1, "pg_waldump: error: could not open directory: Permission denied", id="another error"),
        pytest.param(127, "error while loading shared libraries: liblz4.so.1", id="a library is missing"),
        pytest.param(-9, "", id="killed"),
    ],
)
def test_program_that_fails_is_not_taken_for_wal_without_commits(
    scan: Callable[[Waldump], WalExtract], rc: int, stderr: str
) -> None:
    with pytest.raises(Failed) as caught:
        scan(Waldump(rc=rc, stdout="", stderr=stderr))
    assert caught.value.code == "command-failed"
