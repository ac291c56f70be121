# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of one backup."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import chain_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from backup_situation import OLD, RECENT


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
