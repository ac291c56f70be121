# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.incremental_obstacle import (
    BackupSituation,
    NotIncremental,
    Obstacle,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.plan import (
    BackupRequest,
    check_backup_request,
    estimate_stored_bytes,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.type_decision import (
    ChainLimits,
    TypeDecision,
    decide_type,
    estimate_incremental_bytes,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import chain_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.summaries import WalSummaries
from sample_backup import sample_backup

NOW = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
RECENT = sample_backup(
    "20260915T115500Z-full",
    system_identifier="1",
    version=15,
    start_time=NOW - timedelta(minutes=5),
    stop_time=NOW - timedelta(minutes=4),
    start_lsn=Lsn(1),
    stop_lsn=Lsn(2),
    size_bytes=1000,
    stored_bytes=100,
    compression="zstd",
)
OLD = replace(RECENT, label="20260914T115500Z-full", stop_time=NOW - timedelta(days=1))


INCREMENTAL = replace(
    RECENT,
    label="20260915T115600Z-incremental",
    type="incremental",
    parent=RECENT.label,
    stop_time=NOW - timedelta(minutes=2),
    stored_bytes=10,
)
FUTURE = replace(
    RECENT,
    label="20261115T115500Z-full",
    start_time=NOW + timedelta(days=60),
    stop_time=NOW + timedelta(days=60, minutes=1),
)
UNLIMITED = ChainLimits(0, 0, 0)
SUMMARIES = WalSummaries.of([(Lsn(0), Lsn(5))], timeline=1, summarized=(1, Lsn(5)), is_running=True)


def situation(*backups: Backup, **changes: Any) -> BackupSituation:
    """A server that can take incremental backups, and these usable ones."""
    values: dict[str, Any] = {
        "now": NOW,
        "timeline": 1,
        "system_identifier": "1",
        "version": 17,
        "backups": tuple(replace(backup, version=17) for backup in backups),
        "usable": frozenset(backup.label for backup in backups),
        "summarizes": True,
        "summaries": SUMMARIES,
        **changes,
    }
    return BackupSituation(**values)


def choice(wanted: str, made: BackupSituation, *, limits: ChainLimits = UNLIMITED, max_age: int = 0) -> TypeDecision:
    return decide_type(wanted, situation=made, limits=limits, max_age_seconds=max_age)


@pytest.mark.parametrize(
    ("backups", "timeline", "max_age_seconds", "taken"),
    [
        pytest.param([], 1, 3600, True, id="no backup"),
        pytest.param([OLD, RECENT], 1, 3600, False, id="a recent one"),
        pytest.param([OLD, RECENT], 1, 239, True, id="not recent enough"),
        pytest.param([OLD, RECENT], 1, 0, True, id="always"),
        pytest.param([OLD, RECENT], 2, 3600, True, id="the recent one is of the timeline before a recovery"),
        pytest.param([RECENT, replace(OLD, timeline=2)], 2, 3600, True, id="only an old one on this timeline"),
        pytest.param([RECENT, INCREMENTAL], 1, 150, False, id="a recent incremental one"),
        pytest.param([INCREMENTAL], 1, 150, True, id="a recent incremental one without its full one"),
        pytest.param([replace(RECENT, system_identifier="0")], 1, 3600, True, id="of another cluster"),
        pytest.param([FUTURE], 1, 3600, True, id="dated in the future"),
        pytest.param([replace(FUTURE, stop_time=NOW + timedelta(minutes=4))], 1, 3600, False, id="of a clock ahead"),
        pytest.param([replace(RECENT, start_lsn=Lsn(9)), FUTURE], 1, 3600, False, id="newer than one in the future"),
    ],
)
@pytest.mark.parametrize("wanted", ["auto", "full"])
def test_recent_backups(
    wanted: str, backups: list[Backup], timeline: int, max_age_seconds: int, *, taken: bool
) -> None:
    found = choice(wanted, situation(*backups, timeline=timeline), max_age=max_age_seconds)
    assert (found.type is not None) is taken
    assert (found.recent is None) is taken
    assert found.reason


@pytest.mark.parametrize("wanted", ["auto", "full"])
def test_a_recent_backup_that_has_lost_a_file_is_taken_again(wanted: str) -> None:
    found = choice(wanted, situation(RECENT, chain_fault=FAULT), max_age=3600)
    assert (found.type, found.recent, found.reason) == ("full", None, FAULT.reason)


@pytest.mark.parametrize("wanted", ["auto", "incremental"])
def test_an_incremental_backup_builds_on_the_newest_one(wanted: str) -> None:
    found = choice(wanted, situation(OLD, RECENT, INCREMENTAL))
    assert found.type == "incremental"
    assert found.parent is not None and found.parent.label == INCREMENTAL.label
    assert found.chain is not None and [link.label for link in found.chain.links] == [RECENT.label, INCREMENTAL.label]
    assert found.reason == (f"it builds on '{INCREMENTAL.label}', as number 2 since the full backup '{RECENT.label}'")


def test_a_full_backup_that_is_asked_for() -> None:
    found = choice("full", situation(RECENT, summarizes=False, summaries=None))
    assert (found.type, found.parent, found.reason) == (
        "full",
        None,
        f"the newest backup '{RECENT.label}' is 240 seconds old",
    )


FOREIGN = replace(RECENT, label="x", system_identifier="0")
LOST = replace(INCREMENTAL, label="x", parent="gone")
HOLE = WalSummaries.of([(Lsn(0), Lsn(1))], timeline=1, summarized=(1, Lsn(5)), is_running=True)
IDLE = WalSummaries.of([], timeline=1, summarized=(1, Lsn(0)), is_running=False)
LAST = replace(INCREMENTAL, label="20260915T115700Z-incremental", parent=INCREMENTAL.label, start_lsn=Lsn(3))


def known_damage(damaged: Backup, *, usable: Backup | None = None) -> dict[str, Any]:
    """What a verification has left."""
    return {"usable": frozenset({usable.label} if usable else ()), "damaged": {damaged.label: "found damaged"}}


FAULT = Obstacle("the manifest of backup 'x': it is missing", code="manifest-damaged", hint="Do.")


@pytest.mark.parametrize(
    ("made", "code", "reason"),
    [
        pytest.param(situation(RECENT, version=16), "incremental-unsupported", "17 on, and this is 16", id="version"),
        pytest.param(situation(RECENT, summarizes=False), "summarize-wal-off", "summarize_wal is off", id="off"),
        pytest.param(situation(), "parent-missing", "no usable backup of timeline 1", id="nothing there"),
        pytest.param(situation(RECENT, usable=frozenset()), "parent-missing", "no usable backup", id="WAL missing"),
        pytest.param(situation(FOREIGN), "parent-missing", "no usable backup of timeline 1", id="another cluster's"),
        pytest.param(
            situation(RECENT, timeline=2),
            "parent-missing",
            "on timeline 2 since a recovery .*is of timeline 1",
            id="PITR",
        ),
        pytest.param(situation(INCREMENTAL), "chain-broken", f"builds on '{RECENT.label}', which is not", id="link"),
        pytest.param(
            situation(OLD, LOST, usable=frozenset({OLD.label})),
            "chain-broken",
            "'x' builds on 'gone'",
            id="link of the newest",
        ),
        pytest.param(situation(RECENT, chain_fault=FAULT), "manifest-damaged", "is missing", id="manifest"),
        pytest.param(
            situation(RECENT, **known_damage(RECENT)),
            "chain-broken",
            f"'{RECENT.label}'.*: found",
            id="only full damaged",
        ),
        pytest.param(
            situation(OLD, replace(RECENT, start_lsn=Lsn(2)), **known_damage(RECENT, usable=OLD)),
            "chain-broken",
            f"'{RECENT.label}'.*: found",
            id="newest full damaged",
        ),
        pytest.param(
            situation(OLD, RECENT, INCREMENTAL, LAST, **known_damage(INCREMENTAL, usable=RECENT)),
            "chain-broken",
            f"'{INCREMENTAL.label}'.*: found",
            id="link between damaged",
        ),
        pytest.param(
            situation(INCREMENTAL, **known_damage(RECENT)),
            "chain-broken",
            f"'{RECENT.label}', which is not",
            id="of a link",
        ),
        pytest.param(
            situation(RECENT, damaged={LAST.label: "cannot read it"}),
            "chain-broken",
            f"'{LAST.label}'.* is damaged: cannot read it",
            id="record of the newest",
        ),
        pytest.param(
            situation(RECENT, data_checksums=True),
            "checksums-changed",
            "checksums were turned on since",
            id="checksums",
        ),
        pytest.param(situation(RECENT, summaries=IDLE), "wal-summaries-missing", "does not run", id="not running"),
        pytest.param(
            situation(RECENT, summaries=HOLE),
            "wal-summaries-missing",
            "of timeline 1 from 0/1 on is missing",
            id="removed",
        ),
    ],
)
def test_what_stands_in_the_way(made: BackupSituation, code: str, reason: str) -> None:
    found = choice("auto", made)
    assert (found.type, found.parent) == ("full", None)
    assert re.search(reason, found.reason)
    with pytest.raises(NotIncremental, match=reason) as caught:
        choice("incremental", made)
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(
    ("backups", "damaged", "parent"),
    [
        pytest.param([OLD, replace(RECENT, start_lsn=Lsn(2))], OLD.label, RECENT, id="an older full one"),
        pytest.param([RECENT], OLD.label, RECENT, id="an older one's record"),
        pytest.param([RECENT], FUTURE.label, RECENT, id="the record of one in the future"),
        pytest.param([RECENT, replace(OLD, timeline=2, start_lsn=Lsn(9))], OLD.label, RECENT, id="another timeline's"),
    ],
)
def test_damage_of_what_is_not_built_on_is_in_nobodys_way(backups: list[Backup], damaged: str, parent: Backup) -> None:
    usable = frozenset(backup.label for backup in backups) - {damaged}
    made = situation(*backups, usable=usable, damaged={damaged: "found damaged"})
    for wanted in ("auto", "incremental"):
        found = choice(wanted, made)
        assert found.parent is not None and found.parent.label == parent.label


def test_a_recent_backup_that_is_known_to_be_damaged_is_taken_again() -> None:
    for wanted in ("auto", "full"):
        found = choice(wanted, situation(RECENT, **known_damage(RECENT)), max_age=3600)
        assert (found.type, found.recent) == ("full", None)
        assert RECENT.label in found.reason and "found damaged" in found.reason


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        pytest.param(ChainLimits(7, 14, 50), None, id="a young chain"),
        pytest.param(UNLIMITED, None, id="no limits"),
        pytest.param(ChainLimits(full_every_days=1), None, id="not a day yet"),
        pytest.param(ChainLimits(max_incrementals=2), None, id="one more"),
        pytest.param(ChainLimits(max_incrementals=1), "has 1 incremental ones, and .* at most 1", id="enough of them"),
        pytest.param(ChainLimits(max_chain_percent=11), None, id="not too much"),
        pytest.param(ChainLimits(max_chain_percent=10), "take 10 B, .* 10 % of its 100 B", id="too much"),
    ],
)
def test_when_a_new_chain_begins(limits: ChainLimits, reason: str | None) -> None:
    found = choice("auto", situation(RECENT, INCREMENTAL), limits=limits)
    assert found.type == ("incremental" if reason is None else "full")
    assert re.search(reason or "", found.reason)
    assert choice("incremental", situation(RECENT, INCREMENTAL), limits=limits).type == "incremental"


@pytest.mark.parametrize(
    ("wanted", "limits", "taken", "reason"),
    [
        pytest.param("full", UNLIMITED, "full", "^the newest backup", id="full"),
        pytest.param("incremental", UNLIMITED, "incremental", "^it builds on", id="incremental"),
        pytest.param("auto", UNLIMITED, "incremental", "^it builds on", id="auto"),
        pytest.param("auto", ChainLimits(), "full", "is not known, and there is to be one every 7 days", id="due"),
    ],
)
def test_a_backup_that_is_dated_in_the_future_is_named(
    wanted: str, limits: ChainLimits, taken: str, reason: str
) -> None:
    found = choice(wanted, situation(OLD, FUTURE), limits=limits, max_age=3600)
    assert found.type == taken
    assert re.search(reason, found.reason)
    assert f"'{FUTURE.label}' is dated 5184060 seconds in the future" in found.reason


@pytest.mark.parametrize(
    ("age", "wanted"),
    [
        pytest.param(timedelta(days=6), "incremental", id="young"),
        pytest.param(timedelta(days=7, minutes=-50), "full", id="a timer that was early"),
        pytest.param(timedelta(days=8), "full", id="old"),
    ],
)
def test_age_of_the_full_backup_counts(age: timedelta, wanted: str) -> None:
    made = situation(replace(RECENT, start_time=NOW - age), INCREMENTAL)
    found = choice("auto", made, limits=ChainLimits(full_every_days=7))
    assert found.type == wanted
    assert ("days old" in found.reason) is (wanted == "full")


def test_a_full_backup_in_place_of_an_incremental_one_says_why() -> None:
    made = situation(RECENT)
    found = choice("auto", made).instead(FAULT.error())
    assert (found.type, found.parent) == ("full", None)
    assert found.reason == "no incremental backup can be taken: the manifest of backup 'x': it is missing"


def test_size_of_the_next_incremental_backup_is_that_of_the_largest() -> None:
    larger = replace(INCREMENTAL, label="b", parent=INCREMENTAL.label, stored_bytes=30)
    last = replace(INCREMENTAL, label="c", parent="b", stored_bytes=20)
    backups = (RECENT, INCREMENTAL, larger, last)
    assert estimate_incremental_bytes(chain_of(last, backups=backups)) == 30
    assert estimate_incremental_bytes(chain_of(RECENT, backups=backups)) is None


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(BackupRequest(max_age_seconds=-1), id="age"),
        pytest.param(BackupRequest(timeout_seconds=-1), id="time limit"),
        pytest.param(BackupRequest(max_rate_kib=31), id="rate too low"),
        pytest.param(BackupRequest(max_rate_kib=1048577), id="rate too high"),
        pytest.param(BackupRequest(limits=ChainLimits(full_every_days=-1)), id="days"),
        pytest.param(BackupRequest(limits=ChainLimits(max_incrementals=-1)), id="number of incremental ones"),
        pytest.param(BackupRequest(limits=ChainLimits(max_chain_percent=100001)), id="share"),
    ],
)
def test_numbers_that_make_no_sense(asked: BackupRequest) -> None:
    check_backup_request(BackupRequest())
    with pytest.raises(InvalidInput) as caught:
        check_backup_request(asked)
    assert caught.value.code == "option-out-of-range"


@pytest.mark.parametrize(
    ("size_bytes", "compression", "backups", "expected"),
    [
        pytest.param(None, "zstd", [RECENT], None, id="the size is not known"),
        pytest.param(2000, "zstd", [OLD, RECENT], 220, id="by the last one"),
        pytest.param(2000, "zstd", [RECENT, INCREMENTAL], 220, id="by the last full one"),
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
