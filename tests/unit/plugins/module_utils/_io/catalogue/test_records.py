# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the catalogue tells of a repository in which something is missing or cut off."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.serialization import cluster_to_dict
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import CLUSTER_FILE, EXPIRED_WAL_FILE
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.histories import read_histories
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.known_damage import read_known_damage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.records import (
    incomplete_backups,
    read_backups,
    read_records,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.files import SMALL_FILE_BYTES
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import SystemRunner
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.expired import add_expired
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.report.cluster_report import summarize_cluster
from sample_backup import sample_backup

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
SEGMENT_BYTES = 1 << 20
LABEL = "20261122T120000Z-full"


@pytest.fixture
def backup(folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path) -> Path:
    """The directory of a backup, whose WAL is archived."""
    found = sample_backup(
        LABEL,
        # No host has programs for it, so that nobody asks them for moments.
        version=99,
        start_time=NOON,
        stop_time=NOON,
        start_lsn=Lsn(3 * SEGMENT_BYTES + 40),
        stop_lsn=Lsn(3 * SEGMENT_BYTES + 400),
        segment_size=SegmentSize(SEGMENT_BYTES),
        size_bytes=1000,
        stored_bytes=130,
        files=("base.tar", "backup_manifest"),
    )
    directory = Path(folder.backups_directory, LABEL)
    directory.mkdir(mode=0o700)
    (directory / "base.tar").write_bytes(b"x" * 100)
    (directory / "backup_manifest").write_bytes(b"m" * 30)
    (directory / "backup.json").write_text(str(found), encoding="utf-8")
    folder.store_wal(str(make_segment(3)), data_directory=str(data_directory), compression="gzip")
    return directory


def told(folder: ClusterFolder) -> dict[str, Any]:
    return cluster_to_dict(summarize_cluster(folder, runner=SystemRunner(), now=NOON))


def test_whole_backup_can_be_restored(folder: ClusterFolder, backup: Path) -> None:
    one = told(folder)
    assert (one["damaged_backups"], one["attention"]) == ([], [])
    assert [each["usable"] for each in one["backups"]] == [True]
    assert [window["backup"] for window in one["windows"]] == [backup.name]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        pytest.param(lambda it: (it / "base.tar").unlink(), "'base.tar' is missing", id="archive"),
        pytest.param(lambda it: (it / "backup_manifest").unlink(), "'backup_manifest' is missing", id="manifest"),
        pytest.param(
            lambda it: (it / "base.tar").write_bytes(b"x"),
            "its files have 31 bytes, and 130 are recorded",
            id="cut off",
        ),
    ],
)
def test_incomplete_backup_is_named_and_counts_for_nothing(
    folder: ClusterFolder, backup: Path, harm: Callable[[Path], None], reason: str
) -> None:
    harm(backup)
    one = told(folder)
    assert one["damaged_backups"] == [{"label": LABEL, "reason": reason}]
    assert [(each["usable"], each["chain"]) for each in one["backups"]] == [(False, None)]
    assert one["windows"] == [] and one["summary"]["newest_backup"] is None
    assert f"backup {LABEL} is damaged: {reason}" in one["attention"]


def test_backup_that_retention_removes_meanwhile_is_not_damaged(folder: ClusterFolder, backup: Path) -> None:
    known = read_backups(folder)
    shutil.rmtree(backup)
    assert incomplete_backups(folder, known) == ()


def put_history(folder: ClusterFolder, data_directory: Path, timeline: int, text: str) -> None:
    source = data_directory / "pg_wal" / f"{timeline:08X}.history"
    source.write_text(text, encoding="utf-8")
    folder.store_wal(str(source), data_directory=str(data_directory))


def test_damaged_history_hides_no_other(folder: ClusterFolder, backup: Path, data_directory: Path) -> None:
    put_history(folder, data_directory, 2, "1\t0/400000\twhy\n")
    put_history(folder, data_directory, 3, "no history at all\n")
    found = read_histories(folder, folder.stored_wal().others)
    assert (list(found.known), list(found.damaged)) == ([2], [3])

    one = told(folder)
    assert [each["usable"] for each in one["backups"]] == [True]
    (sentence,) = one["attention"]
    assert "'00000003.history' can't be read" in sentence and "no history at all" in sentence


def test_missing_history_needs_attention(
    folder: ClusterFolder, backup: Path, make_segment: Callable[..., Path], data_directory: Path
) -> None:
    folder.store_wal(str(make_segment(4, timeline=2)), data_directory=str(data_directory), compression="gzip")
    assert told(folder)["attention"] == [
        "the history '00000002.history' is missing, although WAL of timeline 2 is there"
    ]


class Away(DirectoryStorage):
    """A storage across a network that fails for a moment."""

    def read_all(self, key: str, *, limit_bytes: int = SMALL_FILE_BYTES) -> bytes | None:
        if key == CLUSTER_FILE:
            return super().read_all(key, limit_bytes=limit_bytes)
        raise Unavailable("no answer", code="repository-unreachable", hint="Wait.")


READERS: dict[str, Callable[[ClusterFolder], object]] = {
    "records": read_records,
    "what verification found": read_known_damage,
    "what retention removed": lambda folder: folder.stored_wal(),
    "what retention removes": lambda folder: add_expired(
        folder.storage, {1: IntervalSet((1, 2))}, size=SegmentSize(SEGMENT_BYTES)
    ),
}


@pytest.mark.parametrize("reader", READERS)
def test_nothing_is_taken_for_damaged_or_absent_while_the_repository_is_away(
    reader: str, folder: ClusterFolder, backup: Path
) -> None:
    folder.storage = Away(folder.path)
    with pytest.raises(Unavailable) as caught:
        READERS[reader](folder)
    assert caught.value.code == "repository-unreachable" and not Path(folder.path, EXPIRED_WAL_FILE).exists()
