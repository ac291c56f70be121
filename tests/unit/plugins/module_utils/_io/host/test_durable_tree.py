# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host import durable_tree
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.durable_tree import make_durable


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    (root / "base" / "5").mkdir(parents=True)
    for name in ("PG_VERSION", "base/5/1259", "base/5/it's a file"):
        (root / name).write_text(name)
    os.mkfifo(root / "fifo")
    (root / "pg_wal").symlink_to(tmp_path / "elsewhere")
    return root


def test_every_file_and_directory_is_synced_and_no_link_followed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        durable_tree, "fsync_descriptor", lambda each: synced.append(os.readlink(f"/proc/self/fd/{each}"))
    )
    make_durable(str(tree))
    wanted = ["", "/PG_VERSION", "/base", "/base/5", "/base/5/1259", "/base/5/it's a file"]
    assert sorted(synced) == [f"{tree}{path}" for path in wanted]


def test_failure_names_the_file(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(durable_tree, "fsync_descriptor", fail)
    with pytest.raises(OSError, match="Input/output error") as caught:
        make_durable(str(tree))
    assert caught.value.filename.startswith(str(tree))


def test_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make_durable(str(tmp_path / "none"))
