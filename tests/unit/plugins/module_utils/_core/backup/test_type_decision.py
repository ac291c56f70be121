# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a backup is taken, and of which type."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.request import ChainLimits
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.type_decision import (
    estimate_incremental_bytes,
    is_as_wanted,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import chain_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from backup_situation import FAULT, FUTURE, INCREMENTAL, NOW, OLD, RECENT, UNLIMITED, choice, known_damage, situation


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
        pytest.param(
            ChainLimits(max_incrementals=1), "has 1 incremental backup, and the limit is 1", id="enough of them"
        ),
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
        pytest.param("auto", ChainLimits(), "full", "is unknown, and one is to be taken every 7 days", id="due"),
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
    ("backup", "wanted", "timeline", "expected"),
    [
        pytest.param(RECENT, "auto", 1, True, id="of any type"),
        pytest.param(INCREMENTAL, "auto", 1, True, id="of any type, incremental"),
        pytest.param(RECENT, "full", 1, True, id="full"),
        pytest.param(INCREMENTAL, "full", 1, False, id="not full"),
        pytest.param(RECENT, "incremental", 1, False, id="not incremental"),
        pytest.param(RECENT, "auto", 2, False, id="of a standby that a recovery left behind"),
    ],
)
def test_what_somebody_else_took_is_as_wanted(backup: Backup, wanted: str, timeline: int, *, expected: bool) -> None:
    assert is_as_wanted(backup, wanted=wanted, timeline=timeline) is expected
