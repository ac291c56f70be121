# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What prevents an incremental backup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.incremental_obstacle import (
    BackupSituation,
    NotIncremental,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.summaries import WalSummaries
from backup_situation import FAULT, FUTURE, INCREMENTAL, LAST, OLD, RECENT, choice, known_damage, situation

FOREIGN = replace(RECENT, label="x", system_identifier="0")


LOST = replace(INCREMENTAL, label="x", parent="gone")


UNRECORDED = replace(INCREMENTAL, truncations=None)


HOLE = WalSummaries.of([(Lsn(0), Lsn(1))], timeline=1, summarized=(1, Lsn(5)), is_running=True)


IDLE = WalSummaries.of([], timeline=1, summarized=(1, Lsn(0)), is_running=False)


@pytest.mark.parametrize(
    ("made", "code", "reason"),
    [
        pytest.param(
            situation(RECENT, version_num=160014),
            "incremental-unsupported",
            "require PostgreSQL 17, and this is 16",
            id="version",
        ),
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
        pytest.param(
            situation(RECENT, UNRECORDED),
            "server-fault",
            f"{INCREMENTAL.label} has no record of the tables that were truncated .*deleted rows are back",
            id="taken without a record of truncations",
        ),
        pytest.param(
            situation(
                RECENT, replace(INCREMENTAL, truncations=None), accepted_faults=frozenset({"visibility-map-tail"})
            ),
            "server-fault",
            "truncated-and-regrown",
            id="another fault is accepted",
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
        pytest.param(situation(RECENT, summaries=IDLE), "wal-summaries-missing", "is not running", id="not running"),
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


def test_a_fault_of_the_server_can_be_accepted_by_its_name() -> None:
    accepted = situation(RECENT, UNRECORDED, accepted_faults=frozenset({"truncated-and-regrown"}))

    assert choice("auto", accepted).type == "incremental"
    assert choice("auto", situation(RECENT, UNRECORDED)).type == "full"
