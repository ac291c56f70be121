# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain_index import (
    ChainSummary,
    summarize_chains,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from sample_backup import sample_backup


def backup(label: str, parent: str | None = None, *, stored_bytes: int = 1) -> Backup:
    return sample_backup(label, parent=parent, stored_bytes=stored_bytes)


CHAIN = (backup("i2", "i1", stored_bytes=5), backup("i1", "f", stored_bytes=20), backup("f", stored_bytes=100))


def test_chain_leads_to_its_full_backup() -> None:
    assert summarize_chains([*CHAIN, backup("other")]) == {
        "f": ChainSummary("f", 1, 100),
        "i1": ChainSummary("f", 2, 120),
        "i2": ChainSummary("f", 3, 125),
        "other": ChainSummary("other", 1, 1),
    }


def test_chain_with_a_missing_link_is_none() -> None:
    assert set(summarize_chains([CHAIN[0], CHAIN[2]])) == {"f"}
    assert set(summarize_chains([CHAIN[0], CHAIN[1]])) == set()


def test_unusable_link_breaks_what_builds_on_it() -> None:
    assert set(summarize_chains(CHAIN, unusable=["i1"])) == {"f"}
    assert set(summarize_chains(CHAIN, unusable=["i2"])) == {"f", "i1"}


def test_circle_is_no_chain() -> None:
    assert summarize_chains([backup("a", "b"), backup("b", "a"), backup("c", "c")]) == {}


def test_long_chains_cost_no_recursion() -> None:
    links = [backup("0"), *(backup(str(number), str(number - 1)) for number in range(1, 5000))]
    assert summarize_chains(reversed(links))["4999"].link_count == 5000
