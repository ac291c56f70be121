# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan remarks on."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.presentation.plan_notes import plan_notes
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreFacts, RestoreRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from sample_facts import BACKUP, BESIDE, CLUSTER, FACTS, LATER, REQUEST, SIZE, STOP

AWAY = replace(FACTS, tablespaces=BACKUP.tablespaces, cluster=replace(CLUSTER, config_file="/etc/postgresql.conf"))


def notes(
    facts: RestoreFacts, request: RestoreRequest = REQUEST, *, hot_standby: bool | None = None
) -> tuple[str, ...]:
    begins = facts.hot_standby if hot_standby is None else hot_standby
    return plan_notes(request, facts, stop=STOP, hot_standby=begins)


def test_nothing_special_is_not_remarked_on() -> None:
    assert notes(AWAY) == ()


def test_configuration_inside_and_newer_tablespaces_matter_in_place_alone() -> None:
    assert notes(FACTS) == (
        "the configuration files in the data directory stay as they are today",
        "tablespaces made after the backup are set aside: /mnt/later",
    )
    assert notes(FACTS, BESIDE) == ()


def test_server_that_lets_nobody_in_is_proven_afterwards() -> None:
    (note,) = notes(replace(AWAY, hot_standby=False))
    assert note.startswith("hot_standby is off: the point reached is proven")


def test_server_that_cannot_pause_stops_and_the_reason_is_told() -> None:
    (promoted,) = notes(AWAY, hot_standby=False)
    (paused,) = notes(AWAY, replace(REQUEST, action="pause"), hot_standby=False)
    assert promoted.startswith("a transaction with more than 64 subtransactions was open when the backup began")
    assert promoted.endswith("the point reached is proven and checked only after the server has opened")
    assert paused.endswith("the server stops at the target, and is checked when it is promoted")


def test_nearer_backup_that_cannot_be_used_is_named_with_the_reason() -> None:
    nearer = replace(LATER, stop_lsn=STOP.lsn)
    facts = replace(AWAY, backups=(BACKUP, nearer), damaged={nearer.label: "it is cut off"})
    assert notes(facts) == (f"'{nearer.label}' is not used: it is cut off",)
    orphan = replace(nearer, parent="gone")
    assert notes(replace(AWAY, backups=(BACKUP, orphan), damaged={})) == (
        f"'{orphan.label}' is not used: a backup that it builds on is missing or damaged",
    )
    assert notes(facts, replace(REQUEST, backup=BACKUP.label)) == (), "it was not asked for"
    assert notes(replace(facts, backups=(BACKUP, replace(nearer, stop_lsn=STOP.lsn + 1)))) == (), "not on the way"


def test_lost_directory_is_remembered_from_archive_and_backup() -> None:
    lost = replace(FACTS, cluster=replace(CLUSTER, is_lost=True), tablespaces={})
    gone, configuration = notes(lost)
    assert gone == "the data directory '/pg/data' is gone: only archived WAL can be recovered"
    assert configuration == "the configuration files in the data directory come from the backup"
    elsewhere = replace(lost.cluster, wal_directory="/wal/pg_wal")
    several = ArchivedWal({1: IntervalSet((3, 6)), 2: IntervalSet((5, 7))}, {}, SIZE)
    gone, _unused, timelines = notes(replace(lost, cluster=elsewhere, wal=several))
    assert "archived WAL, and WAL in '/wal/pg_wal', can be" in gone
    assert timelines.startswith("the archive has timelines 1, 2; the newest is taken")


def test_mount_points_and_what_is_left_in_them_are_told() -> None:
    mounted = replace(FACTS, mounted=frozenset({"/pg/data/pg_wal"}), tablespaces={})
    assert any(note.startswith("mount points: /pg/data/pg_wal; they stay") for note in notes(mounted))
    gone = notes(replace(mounted, cluster=replace(CLUSTER, is_lost=True)))[0]
    assert "archived WAL, and WAL in '/pg/data/pg_wal', can be recovered" in gone
