# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused before a base backup begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.server_facts import Restartpoint
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.preflight import (
    check_archive,
    check_archive_program,
    check_folder,
    check_replication,
    check_same_cluster,
    host_compressions,
)
from registered_cluster import SYSTEM_IDENTIFIER
from sample_backup_facts import sample_backup_facts
from sample_cluster import sample_cluster

MIB = 1 << 20


def code_of(check: Callable[[], None]) -> str | None:
    """The code with which a check refuses; ``None``: it passes."""
    try:
        check()
    except PitrError as error:
        assert error.hint
        return error.code
    return None


@pytest.mark.parametrize(
    ("system_identifier", "is_registered", "code"),
    [
        pytest.param(SYSTEM_IDENTIFIER, True, None, id="its own folder"),
        pytest.param("4711", True, "repository-foreign", id="another cluster's folder"),
        pytest.param(SYSTEM_IDENTIFIER, False, "writer-unknown", id="a copy of the cluster"),
    ],
)
def test_folder(
    folder: ClusterFolder,
    data_directory: Path,
    tmp_path: Path,
    system_identifier: str,
    code: str | None,
    *,
    is_registered: bool,
) -> None:
    directory = data_directory if is_registered else tmp_path / "copy"
    cluster = sample_cluster(str(directory), system_identifier=system_identifier)
    assert code_of(lambda: check_folder(folder, cluster=cluster)) == code


@pytest.mark.parametrize(
    ("system_identifier", "stated", "code"),
    [
        pytest.param("7", "/pg/data", None, id="the same"),
        pytest.param("8", "/pg/data", "server-differs", id="another identifier"),
        pytest.param("7", "/pg/copy", "server-differs", id="a copy elsewhere"),
        pytest.param("7", None, None, id="a server that does not tell its directory"),
    ],
)
def test_server_is_that_of_the_data_directory(system_identifier: str, stated: str | None, code: str | None) -> None:
    settings = {} if stated is None else {"data_directory": stated}
    facts = sample_backup_facts(system_identifier=system_identifier, settings=settings)
    assert code_of(lambda: check_same_cluster(facts, cluster=sample_cluster("/pg/data"))) == code


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        pytest.param(0o755, None, id="executable"),
        pytest.param(0o644, "agent-missing", id="not executable"),
        pytest.param(None, "agent-missing", id="missing"),
    ],
)
def test_program_that_archives(tmp_path: Path, mode: int | None, code: str | None) -> None:
    program = tmp_path / "pgpitr"
    if mode is not None:
        program.write_text("#!/bin/sh\n")
        program.chmod(mode)
    facts = sample_backup_facts(settings={"archive_command": f"{program} archive-push --cluster db1 %p"})
    assert code_of(lambda: check_archive_program(facts)) == code


@pytest.mark.parametrize("command", ["", "pgpitr archive-push %p", "it's unreadable"])
def test_program_that_is_searched_for_is_not_checked(command: str) -> None:
    check_archive_program(sample_backup_facts(settings={"archive_command": command}))


RESTARTPOINT = Restartpoint(Lsn(5 * MIB), full_page_writes=True)


@pytest.mark.parametrize(
    ("in_recovery", "archive_mode", "code"),
    [
        pytest.param(False, "off", "archiving-off", id="a primary that does not archive"),
        pytest.param(True, "off", "primary-not-archiving", id="a standby whose primary does not archive"),
        pytest.param(True, "always", "archiving-off", id="a standby that is to archive by itself"),
    ],
)
def test_archive(folder: ClusterFolder, archive_mode: str, code: str, *, in_recovery: bool) -> None:
    facts = sample_backup_facts(
        in_recovery=in_recovery, settings={"archive_mode": archive_mode}, restartpoint=RESTARTPOINT
    )
    cluster = sample_cluster(segment_size=SegmentSize(MIB))
    assert code_of(lambda: check_archive(facts, cluster=cluster, folder=folder, config_directory="/etc/pgpitr")) == code


def test_a_standby_needs_no_archiving_of_its_own(folder: ClusterFolder, store: Callable[..., None]) -> None:
    store(5)
    facts = sample_backup_facts(in_recovery=True, settings={"archive_mode": "off"}, restartpoint=RESTARTPOINT)
    cluster = sample_cluster(segment_size=SegmentSize(MIB))
    check_archive(facts, cluster=cluster, folder=folder, config_directory="/etc/pgpitr")


def test_a_role_without_replication_is_refused_before_the_server_is_asked(tmp_path: Path) -> None:
    cluster = replace(sample_cluster(), socket_directory=str(tmp_path))
    facts = sample_backup_facts(may_replicate=False)
    assert code_of(lambda: check_replication(facts, cluster=cluster)) == "replication-denied"


def test_every_host_reads_gzip_and_plain_tar() -> None:
    assert {"gzip", "none"} <= host_compressions() <= {"gzip", "none", "zstd", "lz4"}
