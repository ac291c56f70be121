# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.other_name import (
    archived_name,
    check_same_name,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.identity import RepositoryIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize


def identity(system_identifier: str) -> RepositoryIdentity:
    return RepositoryIdentity("db1", (system_identifier,), (15,), SegmentSize(1 << 24), "2026-09-15T12:00:00Z")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param("/usr/bin/pgpitr archive-push --cluster db1 %p", "db1", id="ours"),
        pytest.param("'/a b/pgpitr' archive-push --cluster db1 --config-directory /c %p", "db1", id="with a directory"),
        pytest.param("cp %p /backup/%f", None, id="another tool's"),
        pytest.param("pgpitr archive-push --cluster", None, id="cut off"),
        pytest.param("broken 'quote", None, id="nonsense"),
        pytest.param("", None, id="none"),
    ],
)
def test_name_in_a_command(command: str, expected: str | None) -> None:
    assert archived_name(command) == expected


@pytest.mark.parametrize(
    ("name", "known", "is_refused"),
    [
        pytest.param("db1", identity("7"), False, id="the same name"),
        pytest.param("db1.example.com", identity("7"), True, id="the full name"),
        pytest.param("db1.example.com", None, True, id="the other folder is not here"),
        pytest.param("db1-18", identity("6"), False, id="after pg_upgrade, another cluster"),
    ],
)
def test_cluster_keeps_its_name(*, name: str, known: RepositoryIdentity | None, is_refused: bool) -> None:
    try:
        check_same_name(name, present="db1", known_as_present=known, system_identifier="7", data_directory="/pg")
    except Refused as error:
        assert is_refused
        assert error.code == "cluster-name-differs"
        assert "pitr_cluster_name: db1" in error.hint
    else:
        assert not is_refused
