# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What trades places with what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.placement import Placement, place
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import (
    SwapPair,
    entry_pair,
    sibling_pair,
)
from sample_facts import BACKUP, BESIDE, FACTS, REQUEST


def placed(request: RestoreRequest = REQUEST, **changes: Any) -> Placement:
    return place(request, replace(FACTS, **changes), backup=BACKUP)


def test_in_place_everything_trades_places_on_its_own_file_system() -> None:
    placement = placed()
    version = "PG_15_202209061"
    assert placement.pairs == (
        SwapPair(*(f"/mnt/later/{folder}{version}" for folder in ("", ".pitr-new/", ".pitr-old/", ".pitr-undone/"))),
        SwapPair(*(f"/mnt/ts/{folder}{version}" for folder in ("", ".pitr-new/", ".pitr-old/", ".pitr-undone/"))),
        sibling_pair("/wal/pg_wal"),
        sibling_pair("/pg/data"),
    )
    assert placement.written_directories == ("/pg/data.pitr-new", "/mnt/ts/.pitr-new")
    assert placement.links == {16400: "/mnt/ts"}
    assert (placement.wal_link, placement.wal_directory) == ("/wal/pg_wal", "/wal/pg_wal.pitr-new")
    assert placement.kept_directory == "/pg/data.pitr-old"
    # Made after the backup: its creation is replayed into an empty directory.
    assert placement.empty_directories == (f"/mnt/later/.pitr-new/{version}",)


def test_tablespace_that_was_dropped_since_had_nothing_live() -> None:
    pairs = placed(tablespaces={}).pairs
    assert [(pair.live, pair.had_live) for pair in pairs[:1]] == [("/mnt/ts/PG_15_202209061", False)]


def test_directory_that_is_gone_had_nothing_live_and_nothing_is_kept() -> None:
    cluster = replace(FACTS.cluster, is_lost=True)
    placement = placed(cluster=cluster, missing=frozenset({"/pg/data"}), wal_directory=None)
    assert not placement.pairs[-1].had_live
    assert (placement.is_lost, placement.kept_directory) == (True, None)
    assert (placement.wal_directories, placement.wal_directory) == ((), "/pg/data.pitr-new/pg_wal")


def test_side_by_side_nothing_trades_places() -> None:
    placement = placed(BESIDE)
    assert (placement.pairs, placement.directory, placement.port, placement.base) == ((), "/copy", 5499, "/copy")
    assert placement.spaces == placement.links == {16400: "/copy.tablespaces/16400"}
    assert (placement.wal_link, placement.kept_directory) == (None, None)


def test_mount_point_stays_and_its_entries_trade_places() -> None:
    placement = placed(mounted=frozenset({"/pg/data", "/wal/pg_wal"}))
    assert placement.pairs[2:] == (entry_pair("/wal/pg_wal"), entry_pair("/pg/data"))
    assert (placement.base, placement.running_directory) == ("/pg/data/pgsql_tmp.pitr-new", "/pg/data")
    assert placement.wal_directory == "/wal/pg_wal/pgsql_tmp.pitr-new"
    assert placement.kept_directory == "/pg/data/pgsql_tmp.pitr-old"
    assert placed().running_directory == "/pg/data.pitr-new"


def test_wal_that_is_mounted_inside_keeps_the_data_directory_where_it_is() -> None:
    placement = placed(mounted=frozenset({"/pg/data/pg_wal"}), wal_directory=None)
    assert placement.pairs[2:] == (entry_pair("/pg/data/pg_wal"), entry_pair("/pg/data", stays=("pg_wal",)))
    assert (placement.wal_link, placement.wal_mount) == (None, "/pg/data/pg_wal")
    assert placement.wal_directories == ("/pg/data/pg_wal/pgsql_tmp.pitr-new",)


def test_empty_file_system_had_nothing_live() -> None:
    placement = placed(cluster=replace(FACTS.cluster, is_lost=True), mounted=frozenset({"/pg/data"}))
    assert placement.pairs[-1] == entry_pair("/pg/data", had_live=False)
