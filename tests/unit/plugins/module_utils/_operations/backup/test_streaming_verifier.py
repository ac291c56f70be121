# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.checksum import SHA256
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.tar_stream import read_archive
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.growing_archives import GrowingArchives
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.streaming_verifier import (
    StreamingVerifier,
)
from manifest_text import sealed
from sample_archives import manifest_of, tar_of, tar_of_members

CONTENT = {
    "backup_label": b"START",
    "empty": b"",
    "base/5/1259": bytes(range(256)) * 8000,
    "global/pg_control": b"x" * 8192,
}
SUFFIX = {"none": ".tar", "gzip": ".tar.gz", "zstd": ".tar.zst", "lz4": ".tar.lz4"}
AVAILABLE = ["none", "gzip", *(method for method in ("zstd", "lz4") if shutil.which(method))]


def archive_of(files: Mapping[str, bytes]) -> bytes:
    return tar_of(files, directories=("pg_wal",))


def packed(data: bytes, *, compression: str) -> bytes:
    if compression == "none":
        return data
    if compression == "gzip":
        compressor = zlib.compressobj(1, zlib.DEFLATED, 31)
        return compressor.compress(data) + compressor.flush()
    return subprocess.run([compression, "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


def written_slowly(path: Path, data: bytes) -> threading.Thread:
    """Write in the background, in pieces that end anywhere."""

    def write() -> None:
        with path.open("wb", buffering=0) as stream:
            for start in range(0, len(data), 1 + len(data) // 5):
                stream.write(data[start : start + 1 + len(data) // 5])
                time.sleep(0.03)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


@pytest.mark.parametrize("compression", AVAILABLE)
def test_archives_are_verified_while_they_grow(tmp_path: Path, compression: str) -> None:
    space = {"PG_15_202209061/5/16400": b"y" * 100_000}
    follower = StreamingVerifier(GrowingArchives(str(tmp_path)), compression=compression, algorithm=SHA256)
    content = {**CONTENT, "tablespace_map": b"16385 /srv/ts\n"}
    for stem, files in (("16385", space), ("base", content)):
        path = tmp_path / (stem + SUFFIX[compression])
        writer = written_slowly(path, packed(archive_of(files), compression=compression))
        while writer.is_alive():
            follower.look()
            time.sleep(0.01)
    in_manifest = {**content, **{f"pg_tblspc/16385/{name}": data for name, data in space.items()}}
    (tmp_path / "backup_manifest").write_text(manifest_of(in_manifest), encoding="utf-8")

    verified = follower.finish()

    suffix = SUFFIX[compression]
    assert verified.names == (f"16385{suffix}", f"base{suffix}", "backup_manifest")
    assert verified.tablespaces == {16385: "/srv/ts"}
    assert follower.stored_bytes() == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_program_that_was_started_with_a_lower_priority_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_priority = os.setpriority

    def as_for_other_users(which: int, who: int, priority: int) -> None:
        if priority < os.getpriority(which, who):
            raise PermissionError(13, "Permission denied")
        set_priority(which, who, priority)

    def verify() -> tuple[str, ...]:
        # Of this thread and of those that it starts.
        set_priority(os.PRIO_PROCESS, threading.get_native_id(), 15)
        return StreamingVerifier(GrowingArchives(str(tmp_path)), compression="none", algorithm=SHA256).finish().names

    monkeypatch.setattr(os, "setpriority", as_for_other_users)
    (tmp_path / "base.tar").write_bytes(archive_of(CONTENT))
    (tmp_path / "backup_manifest").write_text(manifest_of(CONTENT), encoding="utf-8")
    with ThreadPoolExecutor(max_workers=1) as pool:
        assert pool.submit(verify).result() == ("base.tar", "backup_manifest")


@pytest.mark.parametrize("lines", [b"", b"16386 /srv/ts\n", b"16385 /srv/ts\n16386 /srv/other\n"])
def test_archives_that_are_not_those_of_the_map(tmp_path: Path, lines: bytes) -> None:
    space = {"PG_15_202209061/5/16400": b"y"}
    content = {**CONTENT, "tablespace_map": lines}
    (tmp_path / "16385.tar").write_bytes(archive_of(space))
    (tmp_path / "base.tar").write_bytes(archive_of(content))
    in_manifest = {**content, **{f"pg_tblspc/16385/{name}": data for name, data in space.items()}}
    (tmp_path / "backup_manifest").write_text(manifest_of(in_manifest), encoding="utf-8")
    with pytest.raises(Damaged, match="by its 'tablespace_map'"):
        StreamingVerifier(GrowingArchives(str(tmp_path)), compression="none", algorithm=SHA256).finish()


@pytest.mark.parametrize("compression", AVAILABLE)
def test_an_archive_that_is_cut_off(tmp_path: Path, compression: str) -> None:
    data = packed(archive_of(CONTENT), compression=compression)
    (tmp_path / f"base{SUFFIX[compression]}").write_bytes(data[: len(data) // 2])
    (tmp_path / "backup_manifest").write_text(manifest_of(CONTENT), encoding="utf-8")
    follower = StreamingVerifier(GrowingArchives(str(tmp_path)), compression=compression, algorithm=SHA256)
    with pytest.raises(Damaged) as caught:
        follower.finish()
    assert caught.value.code == "archive-damaged"


@pytest.mark.parametrize("compression", AVAILABLE)
def test_one_changed_byte(tmp_path: Path, compression: str) -> None:
    changed = {**CONTENT, "base/5/1259": b"!" + CONTENT["base/5/1259"][1:]}
    (tmp_path / f"base{SUFFIX[compression]}").write_bytes(packed(archive_of(changed), compression=compression))
    (tmp_path / "backup_manifest").write_text(manifest_of(CONTENT), encoding="utf-8")
    follower = StreamingVerifier(GrowingArchives(str(tmp_path)), compression=compression, algorithm=SHA256)
    with pytest.raises(Damaged, match="'base/5/1259' has a wrong checksum"):
        follower.finish()


MEMBERS = [*CONTENT.items()]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        pytest.param(MEMBERS[:-1], "'global/pg_control' is missing", id="missing"),
        pytest.param([*MEMBERS, ("base/5/1", b"")], "'base/5/1' is not in the manifest", id="further"),
        pytest.param([*MEMBERS, MEMBERS[0]], "'backup_label' is there more than once", id="twice"),
        pytest.param([("empty", b"other"), *MEMBERS], "'empty' is there more than once", id="another twice"),
        pytest.param(
            [*MEMBERS[:-1], ("global/pg_control", b"x")], "'global/pg_control' has 1 bytes instead of 8192", id="size"
        ),
        pytest.param(
            [*MEMBERS[:-1], ("global/pg_control", b"y" * 8192)],
            "'global/pg_control' has a wrong checksum",
            id="content",
        ),
        pytest.param(
            [("empty", CONTENT["backup_label"]), ("backup_label", CONTENT["empty"]), *MEMBERS[2:]],
            "'backup_label' has 0 bytes instead of 5",
            id="contents swapped",
        ),
    ],
)
def test_differences_are_told_by_name(tmp_path: Path, members: list[tuple[str, bytes]], said: str) -> None:
    (tmp_path / "base.tar").write_bytes(tar_of_members(members))
    (tmp_path / "backup_manifest").write_text(manifest_of(CONTENT), encoding="utf-8")
    with pytest.raises(Damaged) as caught:
        StreamingVerifier(GrowingArchives(str(tmp_path)), compression="none", algorithm=SHA256).finish()
    assert caught.value.code == "backup-damaged" and said in caught.value.message


def test_file_that_is_twice_in_archive_and_manifest_is_damage(tmp_path: Path) -> None:
    """Sums of both are the same then."""
    (tmp_path / "base.tar").write_bytes(tar_of_members([("PG_VERSION", b""), ("PG_VERSION", b"")]))
    entry = '{ "Path": "PG_VERSION", "Size": 0 }'
    ranges = '[{"Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/2000100"}]'
    body = f'{{"PostgreSQL-Backup-Manifest-Version": 1,\n"Files": [\n{entry},\n{entry}\n],\n"WAL-Ranges": {ranges},\n'
    (tmp_path / "backup_manifest").write_text(sealed(body), encoding="utf-8")
    with pytest.raises(Damaged, match="a file is listed twice"):
        StreamingVerifier(GrowingArchives(str(tmp_path)), compression="none", algorithm="").finish()


def test_a_backup_without_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "base.tar").write_bytes(archive_of(CONTENT))
    follower = StreamingVerifier(GrowingArchives(str(tmp_path)), compression="none", algorithm=SHA256)
    with pytest.raises(Damaged) as caught:
        follower.finish()
    assert caught.value.code == "manifest-damaged"


@pytest.mark.parametrize("compression", AVAILABLE)
def test_a_backup_that_failed_is_not_waited_for(tmp_path: Path, compression: str) -> None:
    data = packed(archive_of(CONTENT), compression=compression)
    (tmp_path / f"base{SUFFIX[compression]}").write_bytes(data[:600])
    follower = StreamingVerifier(GrowingArchives(str(tmp_path)), compression=compression, algorithm=SHA256)
    threads_before = set(threading.enumerate())
    follower.look()
    readers = set(threading.enumerate()) - threads_before
    assert [reader.is_alive() for reader in readers] == [True]
    follower.abort()
    assert [reader.is_alive() for reader in readers] == [False]


def test_interruption_while_a_reader_is_started_is_no_failure_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_thread: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "base.tar").write_bytes(archive_of(CONTENT))
    follower = StreamingVerifier(GrowingArchives(str(tmp_path)), compression="none", algorithm=SHA256)
    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        follower.look()
    follower.abort()


@pytest.mark.parametrize("compression", AVAILABLE)
def test_stored_archive_is_read_at_once(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "base"
    path.write_bytes(packed(archive_of(CONTENT), compression=compression))
    pieces = read_archive(str(path), compression=compression, is_whole=lambda: True)
    assert b"".join(bytes(piece) for piece in pieces) == archive_of(CONTENT)
