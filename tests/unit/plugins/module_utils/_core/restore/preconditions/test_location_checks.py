# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.named_directory import NamedDirectory
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.preconditions.location_checks import (
    check_locations,
    named_directories,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreFacts
from sample_backup import sample_backup
from sample_cluster import sample_cluster
from sample_facts import FACTS

BACKUP = sample_backup(tablespaces={16400: "/mnt/ts"}, wal_directory="/mnt/wal")
LOST = replace(FACTS, cluster=sample_cluster(is_lost=True))
TODAY = replace(FACTS, tablespaces={16400: "/mnt/ts"})
OTHERWISE = replace(FACTS, tablespaces={})
VERSION = f"PG_{LOST.cluster.version}_{LOST.catalogue_version}"


def code_of(
    facts: RestoreFacts, *, names: set[str] | None, roots: tuple[str, ...] = (), wal: NamedDirectory | None = None
) -> str:
    place = NamedDirectory("/mnt/ts", None if names is None else frozenset(names))
    seen = {"/mnt/ts": place, "/mnt/wal": wal or NamedDirectory("/mnt/wal")}
    try:
        check_locations(BACKUP, facts, seen=seen, roots=roots)
    except Refused as error:
        assert "/mnt/" in error.message and error.hint
        return error.code
    return ""


@pytest.mark.parametrize(
    ("facts", "names", "roots", "expected"),
    [
        pytest.param(TODAY, {VERSION, "more"}, (), "", id="a tablespace of today"),
        pytest.param(OTHERWISE, None, (), "", id="missing"),
        pytest.param(OTHERWISE, set(), (), "", id="empty"),
        pytest.param(OTHERWISE, {".pitr-old", "lost+found"}, (), "", id="what restores and file systems leave"),
        pytest.param(OTHERWISE, {VERSION}, (), "tablespace-outside-roots", id="another cluster's"),
        pytest.param(OTHERWISE, {"passwd"}, (), "tablespace-outside-roots", id="other files"),
        pytest.param(LOST, {VERSION}, (), "", id="of the lost cluster"),
        pytest.param(LOST, {VERSION, "x"}, (), "tablespace-outside-roots", id="of the lost cluster, and more"),
        pytest.param(LOST, {"PG_14_202107181"}, (), "tablespace-outside-roots", id="of another version"),
        pytest.param(OTHERWISE, {"x"}, ("/mnt",), "", id="below a root"),
        pytest.param(TODAY, None, ("/srv",), "tablespace-outside-roots", id="outside the roots, although of today"),
    ],
)
def test_locations(facts: RestoreFacts, names: set[str] | None, roots: tuple[str, ...], expected: str) -> None:
    assert code_of(facts, names=names, roots=roots) == expected


@pytest.mark.parametrize("facts", [TODAY, OTHERWISE, LOST])
@pytest.mark.parametrize(
    "place",
    [NamedDirectory("/etc"), NamedDirectory("/mnt/ts", used_by="/b"), NamedDirectory("/b/ts", data_directory="/b")],
)
def test_some_are_never_accepted_whatever_the_roots_are(facts: RestoreFacts, place: NamedDirectory) -> None:
    seen = {"/mnt/ts": place, "/mnt/wal": NamedDirectory("/mnt/wal")}
    for roots in ((), ("/",)):
        with pytest.raises(Refused) as caught:
            check_locations(BACKUP, facts, seen=seen, roots=roots)
        assert caught.value.code == "tablespace-outside-roots"


@pytest.mark.parametrize(
    ("wal", "expected"),
    [
        pytest.param(NamedDirectory("/mnt/wal"), "", id="missing"),
        pytest.param(
            NamedDirectory("/mnt/wal", frozenset({"000000010000000000000003", "00000002.history", "archive_status"})),
            "",
            id="with WAL",
        ),
        pytest.param(NamedDirectory("/mnt/wal", frozenset({"common-auth"})), "wal-directory-refused", id="other files"),
        pytest.param(NamedDirectory("/etc/pam.d"), "wal-directory-refused", id="the system's"),
        pytest.param(NamedDirectory("/mnt/wal", used_by="/b"), "wal-directory-refused", id="another server's"),
    ],
)
def test_the_wal_directory_of_a_lost_cluster(wal: NamedDirectory, expected: str) -> None:
    assert code_of(LOST, names=None, wal=wal) == expected
    # A cluster that is there says itself where its WAL lies.
    assert code_of(OTHERWISE, names=None, wal=wal) == ""


def test_what_is_looked_at() -> None:
    assert named_directories(BACKUP, LOST) == ("/mnt/ts", "/mnt/wal")
    assert named_directories(BACKUP, TODAY) == ("/mnt/ts",)
    assert named_directories(replace(BACKUP, tablespaces={}, wal_directory=None), LOST) == ()
