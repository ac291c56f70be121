# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused before anything changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.placement import place
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.preconditions.checks import (
    check_confirmation,
    check_histories,
    check_mounts,
    check_request,
    check_tablespaces,
    usable_backups,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.replayed_records import ReplayedRecords
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import TablespaceCreation
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from sample_facts import BACKUP, BESIDE, CLUSTER, FACTS, LATER, REQUEST, SIZE, STOP

IN_PLACE = TablespaceCreation(Lsn.parse("0/4000080"), 16499, "")
CREATED = TablespaceCreation(Lsn.parse("0/4000100"), 16500, "/mnt/ts")


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
        check_histories(STOP, facts)
        return
    with pytest.raises(Damaged, match=r"'00000002\.history'") as caught:
        check_histories(STOP, facts)
    assert caught.value.code == code


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


def asked(request: RestoreRequest = REQUEST, **changes: Any) -> Callable[[], None]:
    return lambda: check_request(request, replace(FACTS, **changes))


def chosen(label: str | None = None, **changes: Any) -> Callable[[], Any]:
    return lambda: usable_backups(replace(REQUEST, backup=label), replace(FACTS, **changes))


@pytest.mark.parametrize(
    ("attempt", "code", "words"),
    [
        pytest.param(asked(repository_identifiers=("8",)), "repository-foreign", "8", id="another cluster's"),
        pytest.param(asked(replace(REQUEST, timeline=4)), "timeline-unknown", "4", id="unknown timeline"),
        pytest.param(asked(cluster=replace(CLUSTER, in_recovery=True)), "server-is-standby", "/pg/data", id="standby"),
        pytest.param(
            asked(replace(REQUEST, standby=True)), "data-directory-not-empty", "may be the primary", id="primary"
        ),
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
        pytest.param(
            lambda: check_tablespaces(ReplayedRecords(tablespaces=(IN_PLACE, CREATED)), FACTS),
            "tablespace-created-since",
            "creates tablespace 16500 at '/mnt/ts', which the cluster uses now, in the record at 0/4000100",
            id="tablespace",
        ),
        pytest.param(
            lambda: check_confirmation(None, accepted=("db1@latest",)), "confirmation-missing", "db1@latest", id="none"
        ),
        pytest.param(
            lambda: check_confirmation("db1", accepted=("db1@latest",)), "confirmation-differs", "db1@latest", id="else"
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
    asked(BESIDE, cluster=replace(CLUSTER, in_recovery=True))()
    check_tablespaces(ReplayedRecords(tablespaces=(IN_PLACE,)), FACTS)
    assert chosen(BACKUP.label)() == (BACKUP,)
    check_confirmation("db1@latest", accepted=("2 clusters@latest", "db1@latest"))


@pytest.mark.parametrize(
    ("mounted", "named"),
    [
        pytest.param("/pg/data", "'/pg/data' is a mount point, and", id="the data directory"),
        pytest.param("/pg/data/pg_wal", "'/pg/data/pg_wal' is a mount point inside '/pg/data'", id="its WAL"),
        pytest.param("/pg/data/base/5", "'/pg/data/base/5' is a mount point inside", id="a database"),
        pytest.param("/wal/pg_wal", "'/wal/pg_wal' is a mount point, and", id="the linked WAL"),
        pytest.param("/pg/data.pitr-old/pg_log", "'/pg/data.pitr-old/pg_log' is", id="in what is kept and removed"),
        pytest.param("/volume/PG_15_202209061/5", "is a mount point inside", id="in a tablespace behind a link"),
        pytest.param("/mnt/ts", "", id="a tablespace's own volume"),
        pytest.param("/pg", "", id="above the data directory"),
        pytest.param("/pg/data2", "", id="beside it"),
    ],
)
def test_mount_point_is_named_where_a_rename_would_take_it_along(mounted: str, named: str) -> None:
    facts = replace(FACTS, mount_points=frozenset({"/", mounted}))
    placement = place(REQUEST, facts, backup=BACKUP)
    real_paths = {path: path.replace("/mnt/later/", "/volume/") for pair in placement.pairs for path in pair.paths}
    if not named:
        check_mounts(placement, facts, real_paths=real_paths)
        return
    with pytest.raises(PitrError, match=named) as caught:
        check_mounts(placement, facts, real_paths=real_paths)
    assert caught.value.code == "data-directory-mount-point"
    # A copy beside renames nothing.
    check_mounts(place(BESIDE, facts, backup=BACKUP), facts, real_paths={})


@pytest.mark.parametrize(
    ("mounted", "named"),
    [
        pytest.param({"/pg/data"}, "", id="the data directory"),
        pytest.param({"/pg/data/pg_wal"}, "", id="its WAL"),
        pytest.param({"/pg/data", "/pg/data/pg_wal"}, "", id="both"),
        pytest.param({"/pg/data", "/pg/data/base/5"}, "'/pg/data/base/5' is a mount point inside", id="a database"),
        pytest.param({"/pg/data", "/pg/data/pg_wal/x"}, "is a mount point inside", id="something in the WAL"),
        pytest.param({"/pg/data", "/pg/data/pgsql_tmp.pitr-old"}, "is a mount point", id="what is removed"),
    ],
)
def test_mount_point_that_stays_is_no_obstacle(mounted: set[str], named: str) -> None:
    own = frozenset(mounted & {"/pg/data", "/pg/data/pg_wal"})
    facts = replace(FACTS, mount_points=frozenset({"/", *mounted}), mounted=own, wal_directory=None)
    placement = place(REQUEST, facts, backup=BACKUP)
    if not named:
        check_mounts(placement, facts, real_paths={})
        return
    with pytest.raises(PitrError, match=named) as caught:
        check_mounts(placement, facts, real_paths={})
    assert caught.value.code == "data-directory-mount-point"
