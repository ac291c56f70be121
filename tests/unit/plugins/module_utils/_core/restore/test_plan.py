# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What trades places, what has to fit where, and what is refused before anything changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.checks import (
    check_confirmation,
    check_histories,
    check_plan,
    check_request,
    check_tablespaces,
    usable_backups,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.plan import Loss, RestorePlan, build_plan
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import (
    FileSystemSpace,
    RestoreFacts,
    RestoreRequest,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap_pair import SwapPair, sibling_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.search import StopPoint
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from sample_backup import sample_backup
from sample_cluster import sample_cluster

SIZE = SegmentSize(16 * 1024 * 1024)
GIB = 1024**3
BACKUP = sample_backup(
    version=15,
    size_bytes=3 * GIB,
    tablespaces={16400: "/mnt/ts"},
    settings={"max_connections": 100, "max_wal_senders": 10},
)
LATER = replace(
    BACKUP,
    label="20260915T120000Z-incremental",
    type="incremental",
    parent=BACKUP.label,
    size_bytes=GIB,
    start_lsn=Lsn.parse("0/4000028"),
    stop_lsn=Lsn.parse("0/4000100"),
)
CLUSTER = sample_cluster()
FACTS = RestoreFacts(
    cluster=CLUSTER,
    catalogue_version=202209061,
    repository_identifiers=("7",),
    backups=(BACKUP,),
    damaged={"20260101T000000Z-full": "cut off"},
    wal=ArchivedWal({1: IntervalSet((3, 6))}, {}, SIZE),
    live_only=frozenset({"000000010000000000000005"}),
    current_timeline=1,
    tablespaces={16400: "/mnt/ts", 16500: "/mnt/later"},
    wal_directory="/wal/pg_wal",
    settings={"max_connections": 100, "max_wal_senders": 10},
    hot_standby=True,
    rooms={
        "/pg/data.pitr-new": FileSystemSpace("/pg", 1, 10 * GIB),
        "/mnt/ts/.pitr-new": FileSystemSpace("/mnt/ts", 2, 10 * GIB),
    },
    tablespace_bytes={16400: 2 * GIB},
)
REQUEST = RestoreRequest("db1", RecoveryTarget.parse("latest", True))
BESIDE = replace(REQUEST, directory="/copy", port=5499)
PLACE = StopPoint(BACKUP, 1, Lsn.parse("0/5000200"), None, None)


def planned(request: RestoreRequest = REQUEST, **changes: Any) -> RestorePlan:
    return build_plan(request, replace(FACTS, **changes), place=PLACE, loss=Loss(), notes=())


@pytest.mark.parametrize(
    ("damaged", "wal_of", "code"),
    [
        pytest.param({}, (1,), None, id="one timeline"),
        pytest.param({2: "it is empty"}, (1,), "history-damaged", id="recovery would look whether 2 is taken"),
        pytest.param({}, (1, 2), "history-missing", id="WAL without its history"),
        pytest.param({3: "it is empty"}, (1,), None, id="never asked for"),
    ],
)
def test_history_that_recovery_asks_for_is_there(
    damaged: dict[int, str], wal_of: tuple[int, ...], code: str | None
) -> None:
    wal = ArchivedWal({timeline: IntervalSet((3, 6)) for timeline in wal_of}, {}, SIZE)
    facts = replace(FACTS, wal=wal, damaged_histories=damaged)
    if code is None:
        check_histories(PLACE, facts)
        return
    with pytest.raises(Damaged, match=r"'00000002\.history'") as caught:
        check_histories(PLACE, facts)
    assert caught.value.code == code


def test_in_place_everything_trades_places_on_its_own_file_system() -> None:
    plan = planned()
    version = "PG_15_202209061"
    assert plan.pairs == (
        SwapPair(*(f"/mnt/later/{folder}{version}" for folder in ("", ".pitr-new/", ".pitr-old/", ".pitr-undone/"))),
        SwapPair(*(f"/mnt/ts/{folder}{version}" for folder in ("", ".pitr-new/", ".pitr-old/", ".pitr-undone/"))),
        sibling_pair("/wal/pg_wal"),
        sibling_pair("/pg/data"),
    )
    assert plan.unpack_base == "/pg/data.pitr-new"
    assert plan.unpack_into == {16400: "/mnt/ts/.pitr-new"}
    assert plan.links == {16400: "/mnt/ts"}
    assert plan.wal_link == "/wal/pg_wal"
    # Made after the backup: its creation is replayed into an empty directory.
    assert plan.empty_directories == (f"/mnt/later/.pitr-new/{version}",)


def test_tablespace_that_was_dropped_since_had_nothing_live() -> None:
    pairs = planned(tablespaces={}).pairs
    assert [(pair.live, pair.had_live) for pair in pairs[:1]] == [("/mnt/ts/PG_15_202209061", False)]


def test_side_by_side_nothing_trades_places() -> None:
    plan = planned(BESIDE)
    assert (plan.pairs, plan.directory, plan.port, plan.unpack_base) == ((), "/copy", 5499, "/copy")
    assert plan.unpack_into == plan.links == {16400: "/copy.tablespaces/16400"}
    assert plan.wal_link is None


def test_wal_is_named_from_the_backup_to_the_stop() -> None:
    plan = planned()
    assert (plan.first_segment[-1], plan.last_segment[-1], plan.segment_count) == ("3", "5", 3)
    assert plan.from_live == ("000000010000000000000005",)


def test_each_file_system_has_to_take_its_part() -> None:
    needs = {disk.directory: disk.needed_bytes for disk in planned().disks}
    assert needs == {"/pg": GIB + 3 * SIZE.size_bytes, "/mnt/ts": 2 * GIB}
    one = {path: FileSystemSpace("/all", 1, 10 * GIB) for path in FACTS.rooms}
    assert [disk.needed_bytes for disk in planned(rooms=one).disks] == [3 * GIB + 3 * SIZE.size_bytes]


def test_chain_takes_the_bytes_of_all_its_links_once() -> None:
    plan = build_plan(
        REQUEST,
        replace(FACTS, backups=(BACKUP, LATER), tablespace_bytes={16400: 0}),
        place=replace(PLACE, backup=LATER),
        loss=Loss(),
        notes=(),
    )
    assert [link.label for link in plan.chain.links] == [BACKUP.label, LATER.label]
    assert plan.disks[0].needed_bytes == 4 * GIB + 3 * SIZE.size_bytes


def test_backup_whose_chain_is_broken_is_passed_over() -> None:
    orphan = replace(LATER, label="20260915T130000Z-incremental", parent="gone")
    facts = replace(FACTS, backups=(BACKUP, LATER, orphan))
    assert usable_backups(REQUEST, facts) == (BACKUP, LATER)
    with pytest.raises(PitrError) as caught:
        usable_backups(replace(REQUEST, backup=orphan.label), facts)
    assert (caught.value.code, "'gone'" in caught.value.message) == ("chain-broken", True)


def test_backup_that_is_known_to_be_damaged_is_passed_over_with_all_that_build_on_it() -> None:
    other = replace(BACKUP, label="20260914T110000Z-full")
    facts = replace(FACTS, backups=(other, BACKUP, LATER), damaged={BACKUP.label: "base.tar is damaged"})
    assert usable_backups(REQUEST, facts) == (other,)
    for request in (replace(REQUEST, backup=LATER.label), replace(REQUEST, backup=BACKUP.label)):
        with pytest.raises(PitrError, match=r"base\.tar is damaged") as caught:
            usable_backups(request, facts)
        assert caught.value.code == "backup-damaged"


def full(**changes: Any) -> Callable[[], None]:
    facts = replace(FACTS, **changes)
    return lambda: check_plan(build_plan(REQUEST, facts, place=PLACE, loss=Loss(), notes=()), facts)


def asked(request: RestoreRequest = REQUEST, **changes: Any) -> Callable[[], None]:
    return lambda: check_request(request, replace(FACTS, **changes))


def chosen(label: str | None = None, **changes: Any) -> Callable[[], Any]:
    return lambda: usable_backups(replace(REQUEST, backup=label), replace(FACTS, **changes))


@pytest.mark.parametrize(
    ("attempt", "code", "words"),
    [
        pytest.param(asked(repository_identifiers=("8",)), "repository-foreign", "8", id="another cluster's"),
        pytest.param(asked(replace(REQUEST, timeline=4)), "timeline-unknown", "4", id="unknown timeline"),
        pytest.param(asked(mount_points=frozenset({"/pg/data"})), "data-directory-mount-point", "/pg/data", id="mount"),
        pytest.param(
            asked(mount_points=frozenset({"/wal/pg_wal"})), "data-directory-mount-point", "/wal", id="WAL mount"
        ),
        pytest.param(asked(cluster=replace(CLUSTER, in_recovery=True)), "server-is-standby", "/pg/data", id="standby"),
        pytest.param(asked(BESIDE, not_empty=frozenset({"/copy"})), "data-directory-not-empty", "/copy", id="taken"),
        pytest.param(asked(replace(BESIDE, port=None)), "port-missing", "restore_port", id="no port"),
        pytest.param(asked(BESIDE, occupied_ports=frozenset({5499})), "port-in-use", "5499", id="port in use"),
        pytest.param(chosen("20250101T000000Z-full"), "backup-unknown", "20250101", id="unknown backup"),
        pytest.param(chosen("20260101T000000Z-full"), "backup-damaged", "cut off", id="damaged backup"),
        pytest.param(chosen(backups=()), "backup-missing", "no backup", id="no backup"),
        pytest.param(chosen(backups=(replace(BACKUP, version=14),)), "version-mismatch", "14", id="another version"),
        pytest.param(
            chosen(backups=(replace(BACKUP, type="incremental", parent="gone"),)), "chain-broken", "gone", id="chain"
        ),
        pytest.param(full(settings={"max_connections": 20}), "hot-standby-settings", "is 20 and was 100", id="setting"),
        pytest.param(full(rooms={"/pg/data.pitr-new": FileSystemSpace("/pg", 1, GIB)}), "disk-full", "/pg", id="disk"),
        pytest.param(
            lambda: check_tablespaces(BACKUP, FACTS), "tablespace-created-since", "/mnt/later", id="tablespace"
        ),
        pytest.param(
            lambda: check_confirmation(None, needed="db1@latest"), "confirmation-missing", "db1@latest", id="none"
        ),
        pytest.param(
            lambda: check_confirmation("db1", needed="db1@latest"), "confirmation-differs", "db1@latest", id="else"
        ),
    ],
)
def test_what_could_not_come_to_its_end_is_refused(attempt: Callable[[], Any], code: str, words: str) -> None:
    with pytest.raises(PitrError) as caught:
        attempt()
    assert caught.value.code == code
    assert words in caught.value.message
    assert caught.value.hint


def test_what_can_is_not() -> None:
    asked()()
    asked(BESIDE, mount_points=frozenset({"/pg/data"}), cluster=replace(CLUSTER, in_recovery=True))()
    full(hot_standby=False, settings={"max_connections": 20})()
    assert chosen(BACKUP.label)() == (BACKUP,)
    check_confirmation("db1@latest", needed="db1@latest")
