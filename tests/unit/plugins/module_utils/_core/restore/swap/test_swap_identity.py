# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which directories a swap or its rollback takes for its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.entry_swap import Entries
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_identity import (
    check_before_rollback,
    check_before_swap,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import (
    SwapPair,
    entry_pair,
    sibling_pair,
)

PAIR = replace(sibling_pair("/pg/data"), replaced_inode=1, restored_inode=2)
FROM_NOTHING = replace(sibling_pair("/pg/data", had_live=False), restored_inode=2)
EARLIER = sibling_pair("/pg/data")
LIVE, NEW, OLD, ASIDE = PAIR.paths


@pytest.mark.parametrize(
    ("pair", "inodes", "swap", "rollback"),
    [
        pytest.param(PAIR, {LIVE: 1, NEW: 2}, "", "", id="before the swap"),
        pytest.param(PAIR, {NEW: 2, OLD: 1}, "", "", id="in its middle"),
        pytest.param(PAIR, {LIVE: 2, OLD: 1}, "", "", id="after it"),
        pytest.param(PAIR, {OLD: 1, ASIDE: 2}, "", "", id="in the middle of a rollback"),
        pytest.param(PAIR, {LIVE: 1, ASIDE: 2}, "", "", id="after that"),
        pytest.param(PAIR, {LIVE: 7, OLD: 1}, "", "", id="what was restored was replaced since"),
        pytest.param(PAIR, {LIVE: 1, NEW: 7}, "'/pg/data.pitr-new' is not", "", id="another restore has begun"),
        pytest.param(PAIR, {LIVE: 2}, "is gone: it was kept", "is gone: it was kept", id="the old one was removed"),
        pytest.param(PAIR, {LIVE: 7, ASIDE: 2}, "is gone: it", "is gone: it", id="and another put in place"),
        pytest.param(PAIR, {LIVE: 2, OLD: 7}, "'/pg/data.pitr-old' is not", "'/pg/data.pitr-old' is not", id="changed"),
        pytest.param(FROM_NOTHING, {NEW: 2}, "", "", id="nothing was there"),
        pytest.param(FROM_NOTHING, {LIVE: 2}, "", "", id="nothing was there, swapped"),
        pytest.param(EARLIER, {LIVE: 7, OLD: 8, NEW: 9}, "", "", id="a journal without inodes"),
    ],
)
def test_directories_are_known_by_their_inodes(
    pair: SwapPair, inodes: dict[str, int], swap: str, rollback: str
) -> None:
    for check, words in ((check_before_swap, swap), (check_before_rollback, rollback)):
        if not words:
            check((pair,), inodes=inodes)
            continue
        with pytest.raises(Failed, match=words) as caught:
            check((pair,), inodes=inodes)
        assert caught.value.code == "swap-inconsistent"


STAYS = replace(entry_pair("/pg"), replaced_inode=1, restored_inode=2, replaced_entries={"global": 3})


@pytest.mark.parametrize(
    ("inodes", "entries", "words"),
    [
        pytest.param({"/pg": 1}, Entries({"global": 3}, {}, None, None), "", id="before the swap"),
        pytest.param({"/pg": 1}, Entries({"global": 9}, None, {"global": 3}, None), "", id="after it"),
        pytest.param({"/pg": 5}, Entries({}, None, None, None), "is not the directory that it was", id="not mounted"),
        pytest.param({}, None, "is not the directory that it was", id="not there"),
        pytest.param({"/pg": 1}, Entries({"global": 9}, None, None, None), "global cannot be found there", id="gone"),
    ],
)
def test_directory_that_stays_and_its_entries_are_known_by_their_inodes(
    inodes: dict[str, int], entries: Entries | None, words: str
) -> None:
    seen = {} if entries is None else {"/pg": entries}
    for check in (check_before_swap, check_before_rollback):
        if not words:
            check((STAYS,), inodes=inodes, entries=seen)
            continue
        with pytest.raises(Failed, match=words) as caught:
            check((STAYS,), inodes=inodes, entries=seen)
        assert caught.value.code == "swap-inconsistent"
