# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever fails first is told, at once, and by its own name."""

from __future__ import annotations

import errno
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest import Manifest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.direct_write import DirectWriter, NotWhole
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract import backup as module
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.backup import extract_backup
from folder_of_backup import folder_of_backup
from sample_archives import manifest_of, tar_of
from sample_backup import sample_backup

FILES = {"1": b"rows" * 5000}
BACKUP = sample_backup(files=("16400.tar", "backup_manifest", "base.tar"), tablespaces={16400: "/mnt/ts"})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "backup"
    folder.mkdir()
    for name in ("base.tar", "16400.tar"):
        (folder / name).write_bytes(tar_of(FILES))
    return folder


def extract(source: Path) -> None:
    places = [source.parent / name for name in ("base", "space")]
    for place in places:
        place.mkdir()
    extract_backup(
        BACKUP,
        folder=folder_of_backup(BACKUP.label, source),
        manifest=Manifest.parse(manifest_of({**FILES, "pg_tblspc/16400/1": FILES["1"]})),
        base=str(places[0]),
        tablespaces={16400: str(places[1])},
        timeout_seconds=60,
    )


def test_nobody_reads_on_when_another_archive_has_failed(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = tar_of(FILES)
    read: list[int] = []

    def slowly(_folder: object, _backup: object, *, name: str) -> Generator[memoryview, None, None]:
        if name == "base.tar":
            yield memoryview(b"x" * 512)
        for start in range(0, len(content), 100):
            read.append(start)
            time.sleep(0.1)
            yield memoryview(bytearray(content[start : start + 100]))

    monkeypatch.setattr(module, "archive_pieces", slowly)
    with pytest.raises(Damaged, match="is damaged"):
        extract(source)
    assert len(read) < len(content) // 100 // 4


def test_thread_that_gave_up_because_of_another_link_is_no_failure_of_its_own(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would hide which backup is damaged."""

    def give_up(_writer: DirectWriter) -> None:
        raise NotWhole(errno.ECANCELED, "another link of the chain has failed")

    monkeypatch.setattr(DirectWriter, "finish", give_up)
    with pytest.raises(NotWhole):
        extract(source)
