# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup_choice import choose_backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup_plan import (
    BackupWish,
    check_wish,
    estimate_stored_bytes,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.chain import chain_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.segment import SegmentSize

NOW = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
RECENT = Backup(
    label="20260915T115500Z-full",
    type="full",
    parent=None,
    cluster="db1",
    system_identifier="1",
    version=15,
    version_num=150018,
    start_time=NOW - timedelta(minutes=5),
    stop_time=NOW - timedelta(minutes=4),
    start_lsn=Lsn(1),
    stop_lsn=Lsn(2),
    timeline=1,
    segment_size=SegmentSize(16 * 1024 * 1024),
    size_bytes=1000,
    stored_bytes=100,
    compression="zstd",
    files=(),
    pgfleet_version="0",
)
OLD = replace(RECENT, label="20260914T115500Z-full", stop_time=NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("usable", "timeline", "max_age_seconds", "taken"),
    [
        pytest.param([], 1, 3600, True, id="no backup"),
        pytest.param([OLD, RECENT], 1, 3600, False, id="a recent one"),
        pytest.param([OLD, RECENT], 1, 239, True, id="not recent enough"),
        pytest.param([OLD, RECENT], 1, 0, True, id="always"),
        pytest.param([OLD, RECENT], 2, 3600, True, id="the recent one is of the timeline before a recovery"),
        pytest.param([RECENT, replace(OLD, timeline=2)], 2, 3600, True, id="only an old one on this timeline"),
    ],
)
def test_choice(usable: list[Backup], timeline: int, max_age_seconds: int, *, taken: bool) -> None:
    choice = choose_backup("auto", usable=usable, timeline=timeline, now=NOW, max_age_seconds=max_age_seconds)
    assert (choice.type == "full") is taken
    assert (choice.recent is None) is taken
    assert choice.reason


def test_incremental_is_not_supported_yet() -> None:
    with pytest.raises(InvalidInput) as caught:
        choose_backup("incremental", usable=[], timeline=1, now=NOW, max_age_seconds=0)
    assert caught.value.code == "not-supported"


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param(BackupWish(max_age_seconds=-1), id="age"),
        pytest.param(BackupWish(timeout_seconds=-1), id="time limit"),
        pytest.param(BackupWish(max_rate_kib=31), id="rate too low"),
        pytest.param(BackupWish(max_rate_kib=1048577), id="rate too high"),
    ],
)
def test_numbers_that_make_no_sense(wish: BackupWish) -> None:
    check_wish(BackupWish())
    with pytest.raises(InvalidInput) as caught:
        check_wish(wish)
    assert caught.value.code == "option-out-of-range"


@pytest.mark.parametrize(
    ("size_bytes", "compression", "backups", "expected"),
    [
        pytest.param(None, "zstd", [RECENT], None, id="the size is not known"),
        pytest.param(2000, "zstd", [OLD, RECENT], 220, id="by the last one"),
        pytest.param(3000, "lz4", [RECENT], 1000, id="no backup with this compression"),
        pytest.param(1000, "none", [], 1100, id="not compressed"),
    ],
)
def test_estimate(size_bytes: int | None, compression: str, backups: list[Backup], expected: int | None) -> None:
    assert estimate_stored_bytes(size_bytes, compression=compression, backups=backups) == expected


def test_chain_of_a_full_backup_is_itself() -> None:
    chain = chain_of(RECENT, backups=[OLD, RECENT])
    assert chain.links == (RECENT,)
    assert chain.backup == RECENT
    assert chain.stored_bytes == 100


def test_chain_leads_back_to_the_full_backup() -> None:
    first = replace(RECENT, label="a", type="incremental", parent=OLD.label)
    second = replace(RECENT, label="b", type="incremental", parent="a")
    assert chain_of(second, backups=[second, OLD, first]).links == (OLD, first, second)


@pytest.mark.parametrize("parent", ["missing", "b", None])
def test_broken_chain(parent: str | None) -> None:
    link = replace(RECENT, label="b", type="incremental", parent=parent)
    with pytest.raises(Damaged) as caught:
        chain_of(link, backups=[OLD, link])
    assert caught.value.code == "chain-broken"
