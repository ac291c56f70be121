# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The four places of a swap, and their names in a journal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import (
    SwapPair,
    entry_pair,
    inner_pair,
    sibling_pair,
)


def test_places_lie_beside_the_directory_or_inside_the_tablespace() -> None:
    assert sibling_pair("/pg/data").paths == (
        "/pg/data",
        "/pg/data.pitr-new",
        "/pg/data.pitr-old",
        "/pg/data.pitr-undone",
    )
    assert entry_pair("/pg").paths == (
        "/pg",
        "/pg/pgsql_tmp.pitr-new",
        "/pg/pgsql_tmp.pitr-old",
        "/pg/pgsql_tmp.pitr-undone",
    )
    assert inner_pair("/mnt/ts", "PG_15_1").paths == (
        "/mnt/ts/PG_15_1",
        "/mnt/ts/.pitr-new/PG_15_1",
        "/mnt/ts/.pitr-old/PG_15_1",
        "/mnt/ts/.pitr-undone/PG_15_1",
    )


@pytest.mark.parametrize("pair", [sibling_pair("/pg/data"), inner_pair("/mnt/ts", "PG_15_1", had_live=False)])
def test_pair_survives_the_round_trip_under_the_names_of_every_version(pair: SwapPair) -> None:
    assert list(pair.to_dict()) == ["live", "new", "old", "undone", "had_live"]
    assert SwapPair.parse(pair.to_dict()) == pair


def test_inodes_survive_it_where_they_are_known() -> None:
    read = SwapPair.parse(replace(sibling_pair("/pg/data"), replaced_inode=7, restored_inode=8).to_dict())
    assert (read.replaced_inode, read.restored_inode) == (7, 8)


@pytest.mark.parametrize("entries", [None, {"base": 7}])
def test_pair_that_trades_entries_survives_it(entries: dict[str, int] | None) -> None:
    pair = replace(entry_pair("/pg", stays=("pg_wal",)), replaced_inode=2, replaced_entries=entries)
    read = SwapPair.parse(pair.to_dict())
    assert read == pair
    assert (read.replaced_inode, read.replaced_entries) == (2, entries)
    assert [read.moves(name) for name in ("base", "pg_wal", "pgsql_tmp.pitr-new", "lost+found")] == [True] + 3 * [False]
