# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The segment in which the WAL of a copy ends has nothing behind that end, wherever it comes from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.copy_end import CopyEnd
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.wal.carried_wal import bring_end

NAME = "000000010000000000000003"
END = CopyEnd("000000010000000000000002", NAME, cut_bytes=8192)


@pytest.fixture
def pg_wal(tmp_path: Path) -> Path:
    """That of the copy."""
    (tmp_path / "copy" / "archive_status").mkdir(parents=True)
    return tmp_path / "copy"


def assert_cut(pg_wal: Path, *, content: bytes) -> None:
    brought = (pg_wal / NAME).read_bytes()
    assert brought == content[:8192] + bytes(len(content) - 8192)
    assert sorted(str(path.relative_to(pg_wal)) for path in pg_wal.rglob("*") if path.is_file()) == [
        NAME,
        f"archive_status/{NAME}.done",
    ]


def written_on(path: Path) -> bytes:
    """What the cluster writes after the plan."""
    content = path.read_bytes()[:9000] + b"later" * 100
    path.write_bytes(content.ljust(path.stat().st_size, b"\0"))
    return path.read_bytes()


def test_it_is_copied_from_the_cluster(folder: ClusterFolder, make_segment: Callable[..., Path], pg_wal: Path) -> None:
    own = make_segment(3)
    content = written_on(own)
    bring_end(END, folder=folder, own_path=str(own), directory=str(pg_wal))
    assert_cut(pg_wal, content=content)
    assert own.read_bytes() == content, "the cluster's own stays as it is"


def test_it_is_fetched_where_it_was_archived_meanwhile(
    folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path, pg_wal: Path
) -> None:
    own = make_segment(3)
    content = written_on(own)
    folder.store_wal(str(own), data_directory=str(data_directory))
    own.write_bytes(make_segment(7).read_bytes())
    bring_end(END, folder=folder, own_path=str(own), directory=str(pg_wal))
    assert_cut(pg_wal, content=content)


@pytest.mark.parametrize("is_there", [True, False])
def test_file_that_was_given_to_another_segment_is_refused(
    folder: ClusterFolder, make_segment: Callable[..., Path], pg_wal: Path, is_there: bool
) -> None:
    own = make_segment(3)
    own.write_bytes(make_segment(7).read_bytes())
    with pytest.raises(PitrError):
        bring_end(END, folder=folder, own_path=str(own) if is_there else None, directory=str(pg_wal))
