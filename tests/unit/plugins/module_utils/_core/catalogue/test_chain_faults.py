# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which chains may restore wrong data by a fault of PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import Chain
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain_faults import (
    chain_faults,
    doubtful_chains,
    fault_text,
    faults_of_next,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.server_faults import (
    BY_RECORD,
    BY_RESTORE,
    ServerFault,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.truncations import Truncations
from sample_backup import sample_backup

CURED = ServerFault("cured", "maps are wrong", {18: None}, "-", cure=BY_RESTORE)
RECORDED = ServerFault("recorded", "rows are back", {18: None}, "-", cure=BY_RECORD)
OPEN = ServerFault("open", "rows are gone", {18: 6}, "-", prevented_by=("data_checksums", "wal_log_hints"))
TABLE = (CURED, RECORDED, OPEN)

FULL = sample_backup(version_num=180004)
LINK = sample_backup("20260915T120000Z-incremental", parent=FULL.label, version_num=180004, truncations=Truncations({}))
UNRECORDED = replace(LINK, truncations=None)
OTHER = sample_backup("20260915T130000Z-incremental", parent=LINK.label, truncations=Truncations({}))


def updated(backup: Backup) -> Backup:
    """The same, by a server that has the fix."""
    return replace(backup, version_num=180006)


def with_checksums(backup: Backup) -> Backup:
    return replace(backup, data_checksums=True)


@pytest.mark.parametrize(
    ("links", "faults"),
    [
        pytest.param((FULL,), (), id="a full backup has none"),
        pytest.param((FULL, LINK), (OPEN,), id="no cure"),
        pytest.param((FULL, updated(LINK)), (OPEN,), id="summaries from before the update"),
        pytest.param((updated(FULL), updated(LINK)), (), id="taken after the update"),
        pytest.param((with_checksums(FULL), with_checksums(LINK)), (), id="prevented by a setting"),
        pytest.param((updated(FULL), updated(UNRECORDED)), (RECORDED,), id="not recorded"),
        pytest.param((FULL, UNRECORDED, OTHER), (RECORDED, OPEN), id="not recorded in the middle"),
        pytest.param((replace(FULL, version_num=190000), replace(UNRECORDED, version_num=190000)), (), id="another"),
    ],
)
def test_faults_of_a_chain(links: tuple[Backup, ...], faults: tuple[ServerFault, ...]) -> None:
    assert chain_faults(Chain(links), table=TABLE) == faults


@pytest.mark.parametrize(
    ("links", "version_num", "settings_on", "faults"),
    [
        pytest.param((FULL,), 180004, (), (OPEN,), id="no cure"),
        pytest.param((FULL,), 180006, (), (OPEN,), id="summaries from before the update"),
        pytest.param((updated(FULL),), 180006, (), (), id="full backup after the update"),
        pytest.param((updated(FULL),), 180004, (), (OPEN,), id="an older server again"),
        pytest.param((updated(FULL),), 180004, ("wal_log_hints",), (), id="prevented by a setting"),
        pytest.param((with_checksums(FULL),), 180004, ("data_checksums",), (), id="prevented all the time"),
        pytest.param((updated(FULL), updated(UNRECORDED)), 180006, (), (RECORDED,), id="an earlier link"),
    ],
)
def test_faults_of_the_next_link(
    links: tuple[Backup, ...], version_num: int, settings_on: tuple[str, ...], faults: tuple[ServerFault, ...]
) -> None:
    assert faults_of_next(Chain(links), version_num=version_num, settings_on=settings_on, table=TABLE) == faults


def test_chains_of_a_repository() -> None:
    later = sample_backup("20260916T110000Z-full", version_num=180006)
    recorded = sample_backup("20260916T120000Z-incremental", parent=later.label, version_num=180006)
    broken = sample_backup("20260917T120000Z-incremental", parent="gone")
    backups = [FULL, UNRECORDED, OTHER, later, replace(recorded, truncations=Truncations({})), broken]

    assert list(doubtful_chains(backups, table=TABLE)) == [
        f"{UNRECORDED.label} has no record of the tables that were truncated before it: rows are back (recorded)",
        f"the chain of '{OTHER.label}' is of PostgreSQL 18.4: rows are gone (open)",
    ]
    # By the table of what is known.
    chain = Chain((FULL, UNRECORDED))
    assert list(doubtful_chains(backups)) == [fault_text(chain_faults(chain)[0], chain=chain)]
