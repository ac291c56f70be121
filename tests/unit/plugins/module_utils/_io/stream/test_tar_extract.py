# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive is read for sizes and checksums, and written below a directory."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest_check import ReadFile
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.direct_write import LARGE_BYTES, DirectWriter
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.tar_digest import TarDigest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.tar_extract import TarExtract
from sample_archives import tar_of

FILES = {
    "backup_label": b"START WAL LOCATION\n",
    "base/1/112": os.urandom(200_000),
    "base/1/113": os.urandom(2 * LARGE_BYTES + 8192),
    "base/1/empty": b"",
    "base/1/large": os.urandom(LARGE_BYTES + 3),
}
ARCHIVE = tar_of(FILES, directories=("base", "base/1"), links={"pg_tblspc/1": "/srv/space"})


def read_of(data: bytes) -> ReadFile:
    """What is known of a file once it was read."""
    return ReadFile(len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("step_bytes", [500, 512, 131_072, len(ARCHIVE)])
@pytest.mark.parametrize("prefix", ["", "pg_tblspc/16385/"])
def test_every_file_is_summed_whatever_the_pieces(step_bytes: int, prefix: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        digest = TarDigest(algorithm="SHA256", prefix=prefix, pool=pool)
        for start in range(0, len(ARCHIVE), step_bytes):
            digest.feed(memoryview(ARCHIVE)[start : start + step_bytes])
        digest.finish()
    assert digest.files == {prefix + name: read_of(data) for name, data in FILES.items()}
    assert digest.kept == ({} if prefix else {"backup_label": FILES["backup_label"]})


def test_archive_that_ends_in_the_middle_is_damaged() -> None:
    for size_bytes in (100, 700, len(ARCHIVE) // 2):
        digest = TarDigest(algorithm="SHA256")
        digest.feed(memoryview(ARCHIVE)[:size_bytes])
        with pytest.raises(Damaged) as caught:
            digest.finish()
        assert caught.value.code == "archive-damaged"


@pytest.fixture
def writer() -> Iterator[DirectWriter]:
    with closing(DirectWriter()) as made:
        yield made


@pytest.mark.parametrize("step_bytes", [100_000, len(ARCHIVE)])
def test_members_are_written_below_the_directory(tmp_path: Path, writer: DirectWriter, step_bytes: int) -> None:
    digest = TarDigest(algorithm="SHA256", sink=TarExtract(str(tmp_path), writer=writer))
    for start in range(0, len(ARCHIVE), step_bytes):
        digest.feed(memoryview(bytearray(ARCHIVE[start : start + step_bytes])))
    digest.finish()
    writer.finish()
    found = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == FILES
    assert not (tmp_path / "pg_tblspc").exists()
    assert stat.S_IMODE((tmp_path / "base").stat().st_mode) == 0o750
    assert stat.S_IMODE((tmp_path / "backup_label").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "base/../../outside"])
def test_name_that_leads_outside_is_refused(name: str, tmp_path: Path, writer: DirectWriter) -> None:
    (tmp_path / "inside").mkdir()
    digest = TarDigest(algorithm="SHA256", sink=TarExtract(str(tmp_path / "inside"), writer=writer))
    with pytest.raises(Damaged) as caught:
        digest.feed(memoryview(tar_of({name: b"x"})))
    assert caught.value.code == "archive-damaged"
    assert not (tmp_path / "outside").exists()


def test_file_that_is_there_is_not_overwritten(tmp_path: Path, writer: DirectWriter) -> None:
    (tmp_path / "backup_label").write_text("mine", encoding="utf-8")
    digest = TarDigest(algorithm="SHA256", sink=TarExtract(str(tmp_path), writer=writer))
    with pytest.raises(FileExistsError):
        digest.feed(memoryview(ARCHIVE))
    assert (tmp_path / "backup_label").read_text(encoding="utf-8") == "mine"


def test_large_file_that_is_there_is_not_overwritten(tmp_path: Path, writer: DirectWriter) -> None:
    (tmp_path / "large").write_text("mine", encoding="utf-8")
    digest = TarDigest(algorithm="SHA256", sink=TarExtract(str(tmp_path), writer=writer))
    with pytest.raises(FileExistsError):
        digest.feed(memoryview(tar_of({"large": bytes(LARGE_BYTES)})))
    assert (tmp_path / "large").read_text(encoding="utf-8") == "mine"


def test_large_file_without_its_end_is_let_go(tmp_path: Path, writer: DirectWriter) -> None:
    sink = TarExtract(str(tmp_path), writer=writer)
    digest = TarDigest(algorithm="SHA256", sink=sink)
    before = len(os.listdir("/proc/self/fd"))
    digest.feed(memoryview(tar_of({"large": bytes(3 * LARGE_BYTES)}))[: 2 * LARGE_BYTES])
    sink.close()
    with pytest.raises(OSError, match="not written to its end") as caught:
        writer.finish()
    assert caught.value.filename == str(tmp_path / "large")
    assert len(os.listdir("/proc/self/fd")) == before
