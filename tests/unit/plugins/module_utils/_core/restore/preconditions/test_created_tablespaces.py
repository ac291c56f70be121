# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an in-place recovery may create tablespaces, and what it must not meet there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.named_directory import NamedDirectory
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.preconditions.created_tablespaces import (
    check_created,
    created_locations,
    with_left_files,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreFacts
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.replayed_records import ReplayedRecords
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import TablespaceCreation
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from sample_backup import sample_backup
from sample_cluster import sample_cluster
from sample_facts import FACTS

BACKUP = sample_backup(tablespaces={16400: "/mnt/ts"})
LOST = replace(FACTS, cluster=sample_cluster(is_lost=True), tablespaces={})
OWN = f"PG_{FACTS.cluster.version}_{FACTS.catalogue_version}"
CREATED = {"/mnt/new": 17000}


def records(*locations: str) -> ReplayedRecords:
    return ReplayedRecords(
        tablespaces=tuple(TablespaceCreation(Lsn(7), 17000 + number, each) for number, each in enumerate(locations))
    )


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        pytest.param(FACTS, {"/mnt/new": 17000}, id="but for those of the backup and of today"),
        pytest.param(LOST, {"/mnt/new": 17000, "/mnt/later": 17002}, id="of a lost cluster nothing is put in order"),
    ],
)
def test_locations_that_only_the_wal_names(facts: RestoreFacts, found: dict[str, int]) -> None:
    replayed = records("/mnt/new", "/mnt/ts", "/mnt/later", "")
    assert created_locations(replayed, backup=BACKUP, facts=facts) == found


@pytest.mark.parametrize(
    ("facts", "there", "roots", "code", "words"),
    [
        pytest.param(FACTS, NamedDirectory("/mnt/new", frozenset()), (), "", "", id="empty"),
        pytest.param(FACTS, NamedDirectory("/mnt/new", frozenset({"lost+found"})), ("/mnt",), "", "", id="a volume"),
        pytest.param(
            FACTS, NamedDirectory("/mnt/new"), (), "tablespace-location-unusable", "does not exist", id="missing"
        ),
        pytest.param(
            FACTS,
            NamedDirectory("/mnt/new", frozenset(), is_own=False),
            (),
            "tablespace-location-unusable",
            "another account",
            id="somebody else's",
        ),
        pytest.param(
            FACTS,
            NamedDirectory("/mnt/new", frozenset({OWN})),
            ("/mnt",),
            "tablespace-outside-roots",
            f"has '{OWN}' in it",
            id="another cluster's, whatever the roots",
        ),
        pytest.param(
            FACTS, NamedDirectory("/mnt/new", frozenset()), ("/srv",), "tablespace-outside-roots", "'/srv'", id="roots"
        ),
        pytest.param(
            FACTS,
            NamedDirectory("/mnt/new", frozenset(), used_by="/other"),
            (),
            "tablespace-outside-roots",
            "used by the server in '/other'",
            id="used by another server",
        ),
        pytest.param(LOST, NamedDirectory("/mnt/new", frozenset({OWN})), (), "", "", id="left of the lost cluster"),
        pytest.param(
            LOST,
            NamedDirectory("/mnt/new", frozenset({OWN, "x"})),
            (),
            "tablespace-outside-roots",
            "has 'x' in it",
            id="left of the lost cluster, and more",
        ),
    ],
)
def test_what_the_recovery_meets(
    facts: RestoreFacts, there: NamedDirectory, roots: tuple[str, ...], code: str, words: str
) -> None:
    if not code:
        check_created(CREATED, facts, seen={"/mnt/new": there}, roots=roots)
        return
    with pytest.raises(Refused, match=words) as caught:
        check_created(CREATED, facts, seen={"/mnt/new": there}, roots=roots)
    assert caught.value.code == code
    assert "tablespace 17000 at '/mnt/new'" in caught.value.message


@pytest.mark.parametrize(
    ("facts", "names", "tablespaces"),
    [
        pytest.param(LOST, {OWN}, {17000: "/mnt/new"}, id="files are left"),
        pytest.param(LOST, set(), {}, id="nothing is left"),
        pytest.param(FACTS, {OWN}, FACTS.tablespaces, id="the cluster is there, and tells its tablespaces itself"),
    ],
)
def test_files_of_a_lost_clusters_younger_tablespaces_are_set_aside(
    facts: RestoreFacts, names: set[str], tablespaces: dict[int, str]
) -> None:
    seen = {"/mnt/new": NamedDirectory("/mnt/new", frozenset(names))}
    assert with_left_files(CREATED, facts, seen=seen).tablespaces == tablespaces
