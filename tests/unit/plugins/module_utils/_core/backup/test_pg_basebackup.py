# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of pg_basebackup, and its progress."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.compression import BackupCompression
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.pg_basebackup import (
    BaseBackupCommand,
    is_waiting_for_archive,
    parse_progress,
)
from fixture_files import sections


def command(**changes: object) -> BaseBackupCommand:
    values: dict[str, object] = {
        "program": "/usr/lib/postgresql/15/bin/pg_basebackup",
        "directory": "/srv/it's here/.tmp-x",
        "host": "/run/postgresql",
        "port": 5433,
        "user": "postgres",
        "version": 15,
        "label": "x",
        "compression": BackupCompression("zstd", workers=2),
        "checksums": "CRC32C",
    }
    return BaseBackupCommand(**{**values, **changes})  # type: ignore[arg-type]


def test_arguments() -> None:
    assert command(max_rate_kib=1024).argv() == (
        "/usr/lib/postgresql/15/bin/pg_basebackup",
        "--pgdata=/srv/it's here/.tmp-x",
        "--host=/run/postgresql",
        "--port=5433",
        "--username=postgres",
        "--no-password",
        "--format=tar",
        "--wal-method=none",
        "--checkpoint=fast",
        "--progress",
        "--label=x",
        "--manifest-checksums=CRC32C",
        "--compress=server-zstd:level=-1,workers=2",
        "--max-rate=1024",
    )


@pytest.mark.parametrize(
    ("version", "compression", "expected"),
    [
        pytest.param(15, "zstd", "--compress=server-zstd:level=-1", id="zstd without threads"),
        pytest.param(15, "lz4", "--compress=server-lz4:level=1", id="lz4"),
        pytest.param(18, "gzip", "--compress=server-gzip:level=1", id="gzip"),
        pytest.param(14, "gzip", "--compress=1", id="gzip by the program itself before 15"),
        pytest.param(15, "none", None, id="none"),
    ],
)
def test_compression_argument(version: int, compression: str, expected: str | None) -> None:
    found = [
        word
        for word in command(version=version, compression=BackupCompression(compression)).argv()
        if "compress" in word
    ]
    assert found == ([] if expected is None else [expected])


@pytest.mark.parametrize(("compression", "level"), [("zstd", 3), ("lz4", 1), ("gzip", 1)])
def test_compression_of_an_incremental_backup(compression: str, level: int) -> None:
    argv = command(version=17, compression=BackupCompression(compression), parent_manifest="/srv/manifest").argv()
    assert f"--compress=server-{compression}:level={level}" in argv


@pytest.mark.parametrize("version", [15, 18])
def test_progress_as_it_is_printed(version: int) -> None:
    lines = dict(sections(f"pg_basebackup-{version}.txt"))["progress"].splitlines()
    found = [progress for progress in map(parse_progress, lines) if progress]
    assert found[0].phase == "waiting for the checkpoint"
    assert found[-1].phase == "copying"
    assert found[-1].done_bytes == found[-1].total_bytes == int(lines[-1].split("/")[0]) * 1024
    assert found[-1].percent == 99, "only the end of the program is the end of the backup"


def test_parent_of_an_incremental_backup() -> None:
    assert (
        command(version=17, parent_manifest="/a b/backup_manifest").argv()[-1] == "--incremental=/a b/backup_manifest"
    )


def test_only_a_superuser_chooses_the_language() -> None:
    assert "lc_messages=C" in command(user_is_superuser=True).environment()["PGOPTIONS"]
    assert "PGOPTIONS" not in command().environment()


def test_waiting_for_the_summaries_is_noticed() -> None:
    progress = parse_progress("WARNING:  still waiting for WAL summarization through 0/5000028 after 10 seconds")
    assert progress is not None and progress.phase == "waiting for WAL summaries"


def test_waiting_for_the_archive_is_noticed() -> None:
    line = "WARNING:  still waiting for all required WAL segments to be archived (60 seconds elapsed)"
    assert is_waiting_for_archive(line)
    progress = parse_progress(line)
    assert progress is not None and progress.phase == "waiting for the archive"
