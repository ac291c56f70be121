# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a link is found before anything is extracted."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import Chain, chain_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import backup_folder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.records import read_backups
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.link_check import (
    link_fault,
    stored_label,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.manifests import Manifests
from verify_repository import FULL, NEXT, write_backup


def chain_in(folder: ClusterFolder) -> Chain:
    backups = read_backups(folder)
    return chain_of(backups[-1], backups=backups)


def fault_in(folder: ClusterFolder, chain: Chain):
    return link_fault(chain, folder=folder, manifests=Manifests(folder))


def test_chain_whose_links_follow_each_other_is_whole(chain: ClusterFolder) -> None:
    links = chain_in(chain)
    assert [link.label for link in links.links] == [FULL, NEXT]
    assert fault_in(chain, links) is None
    label = stored_label(links.backup, folder=chain)
    assert (label.start_lsn, label.incremental_from) == (links.backup.start_lsn, links.links[0].start_lsn)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(
            lambda path: os.unlink(f"{path}/16400.tar.gz"), "it has lost '16400.tar.gz'", id="an archive is gone"
        ),
        pytest.param(lambda path: os.truncate(f"{path}/base.tar.gz", 99), "it has", id="an archive is cut off"),
        pytest.param(lambda path: spoil_byte(f"{path}/backup_manifest"), "manifest is damaged", id="the manifest"),
    ],
)
def test_link_at_fault_is_named(chain: ClusterFolder, spoil: Callable[[str], None], reason: str) -> None:
    links = chain_in(chain)
    spoil(chain.storage.address(backup_folder(FULL)))
    found = fault_in(chain, links)
    assert found is not None
    assert (found.label, found.error.code) == (FULL, "backup-damaged")
    assert reason in found.reason and found.reason in found.error.message


def spoil_byte(path: str) -> None:
    with open(path, "r+b") as stream:
        stream.seek(60)
        stream.write(b"?")


def test_links_that_do_not_belong_together_are_no_chain(chain: ClusterFolder) -> None:
    """Another full backup under the label of the first: each is whole."""
    links = chain_in(chain)
    os.rename(chain.storage.address(backup_folder(FULL)), f"{chain.path}/aside")
    write_backup(chain, first=4)
    full = next(each for each in read_backups(chain) if each.label == FULL)
    found = fault_in(chain, Chain((full, links.backup)))
    assert found is not None and (found.label, found.error.code) == (NEXT, "chain-broken")


def test_tablespace_that_the_record_has_no_place_for_is_not_left_out(chain: ClusterFolder) -> None:
    links = chain_in(chain)
    odd: Backup = replace(links.links[0], tablespaces={})
    found = fault_in(chain, Chain((odd,)))
    assert found is not None and "archives of the tablespaces [16400], and its record has []" in found.reason
