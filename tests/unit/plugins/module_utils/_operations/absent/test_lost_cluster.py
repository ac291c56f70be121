# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true before a cluster counts as lost."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.discovery import ClusterRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.absent.lost_cluster import (
    LostClusterSearch,
    configured_directory,
    is_empty_place,
    reconstruct_cluster,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.absent.repository_snapshot import (
    RepositorySnapshot,
)
from fake_runner import NoPrograms

MISSING = InvalidInput("there is no such directory", code="data-directory-missing", hint="Check it.")
ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A short path: the address of a Unix socket has about a hundred bytes."""
    directory = Path(tempfile.mkdtemp(prefix="pitr-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def search(folder: ClusterFolder, tmp_path: Path, sockets: Path) -> LostClusterSearch:
    """A configuration that names a data directory which is not there, in a directory that is."""
    (tmp_path / "pg").mkdir()
    configure(tmp_path, data_directory=str(tmp_path / "pg" / "data"), sockets=sockets)
    return LostClusterSearch(
        RepositorySnapshot(folder), config_directory=str(tmp_path), wanted=ClusterRequest(), runner=NoPrograms()
    )


def configure(directory: Path, *, data_directory: str, sockets: Path, port: str = "5432") -> None:
    lines = {
        "repository_path": "/srv/repository",
        "data_directory": data_directory,
        "port": port,
        "os_user": ME,
        "socket_directory": str(sockets),
    }
    text = "".join(f"{name} = {value}\n" for name, value in lines.items() if value)
    (directory / "db1.conf").write_text(text, encoding="utf-8")


def refusal(search: LostClusterSearch, error: PitrError = MISSING) -> PitrError:
    with pytest.raises(PitrError) as caught:
        reconstruct_cluster(search, error)
    return caught.value


def test_other_failure_is_no_loss(search: LostClusterSearch) -> None:
    other = InvalidInput("which one?", code="cluster-ambiguous")
    assert refusal(search, other) is other


def test_reason_why_it_is_not_lost_follows_the_failure(search: LostClusterSearch, tmp_path: Path) -> None:
    unnamed = refusal(replace(search, config_directory="/nowhere"))
    assert (unnamed.code, unnamed.message) == (MISSING.code, MISSING.message)
    assert unnamed.hint.startswith("Check it. If it is lost: the configuration file")
    assert "names the data directory" in refusal(replace(search, data_directory="/elsewhere")).hint
    assert "names port 5432" in refusal(replace(search, port=5433)).hint
    (tmp_path / "pg" / "data" / "base").mkdir(parents=True)
    assert "Only a missing or empty data directory counts as lost" in refusal(search).hint


def test_lost_cluster_without_a_full_backup_cannot_be_restored(search: LostClusterSearch) -> None:
    assert "the repository has no full backup of 'db1'" in refusal(search).hint


def test_configuration_has_to_say_who_it_was(search: LostClusterSearch, tmp_path: Path, sockets: Path) -> None:
    configure(tmp_path, data_directory=str(tmp_path / "pg" / "data"), sockets=sockets, port="")
    assert refusal(search).code == "config-invalid"


def test_directory_above_has_to_be_there(search: LostClusterSearch, tmp_path: Path) -> None:
    (tmp_path / "pg").rmdir()
    error = refusal(search)
    assert (error.code, "does not exist" in error.message) == ("parent-directory-unusable", True)


def test_server_that_still_answers_is_stopped_first(search: LostClusterSearch, sockets: Path) -> None:
    """A server does not notice at once that its files were removed, and would go on archiving."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{sockets}/.s.PGSQL.5432")
        server.listen()
        assert refusal(search).code == "port-in-use"


def test_configured_directory_is_that_of_the_configuration(search: LostClusterSearch, tmp_path: Path) -> None:
    assert configured_directory(str(tmp_path), cluster_name="db1") == f"{tmp_path}/pg/data"
    assert configured_directory(str(tmp_path), cluster_name="db2") is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("lost+found", True), ("pgsql_tmp.pitr-undone", True), ("pg_wal", False), ("base", False)],
)
def test_new_file_system_is_as_empty_as_an_empty_directory(tmp_path: Path, name: str, expected: bool) -> None:
    assert is_empty_place(str(tmp_path))
    (tmp_path / name).mkdir()
    assert is_empty_place(str(tmp_path)) is expected
