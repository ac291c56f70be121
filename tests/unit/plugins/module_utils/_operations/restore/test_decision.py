# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found out before a plan is made."""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, PitrError, Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import PROMOTED, SWAPPING
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.discovery import ClusterRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.sql.server import Server
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.decision import RestoreCall
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.journal import write_journal
from fake_runner import NoPrograms
from sample_cluster import sample_cluster
from sample_plan import REQUEST, sample_journal

ME = pwd.getpwuid(os.geteuid()).pw_name


def never() -> Cluster:
    raise AssertionError("the cluster is not looked for")


def unasked(_cluster: Cluster) -> Server:
    raise AssertionError("the server is not asked")


def call(
    folder: ClusterFolder, directory: Path, *, request: RestoreRequest = REQUEST, find_cluster=never
) -> RestoreCall:
    return RestoreCall(
        request,
        Repository(os.path.dirname(folder.path)),
        config_directory=str(directory / "etc"),
        find_cluster=find_cluster,
        connect=unasked,
        runner=NoPrograms(),
        cluster=ClusterRequest(),
        data_directory=str(directory / "data"),
    )


def test_interrupted_restore_is_told_before_the_cluster_is_looked_for(folder: ClusterFolder, tmp_path: Path) -> None:
    """In the middle of a swap there is no data directory, and that should not be the complaint."""
    write_journal(sample_journal(sample_cluster(str(tmp_path / "data"), os_user=ME), phase=SWAPPING))
    with pytest.raises(Refused) as caught:
        call(folder, tmp_path).decide()
    assert caught.value.code == "restore-unfinished"


def test_restore_that_is_done_needs_no_plan(folder: ClusterFolder, tmp_path: Path) -> None:
    cluster = sample_cluster(str(tmp_path / "data"), os_user=ME)
    journal = sample_journal(cluster, phase=PROMOTED)
    journal = replace(journal, plan=replace(journal.plan, data_directory=cluster.data_directory))
    write_journal(journal)
    decision = call(folder, tmp_path, find_cluster=lambda: cluster).decide()
    assert (decision.outcome, decision.found.journal, decision.cluster) == (journal, journal, cluster)


@pytest.mark.parametrize(
    ("request_", "code", "hint"),
    [
        pytest.param(REQUEST, "data-directory-missing", "If it is lost", id="in place: it may be lost"),
        pytest.param(replace(REQUEST, directory="/copy", port=1), "data-directory-missing", "", id="side by side"),
    ],
)
def test_cluster_that_is_not_there_may_be_lost(
    folder: ClusterFolder, tmp_path: Path, request_: RestoreRequest, code: str, hint: str
) -> None:
    def missing() -> Cluster:
        raise InvalidInput("there is no such directory", code="data-directory-missing", hint="Check it.")

    with pytest.raises(PitrError) as caught:
        call(folder, tmp_path, request=request_, find_cluster=missing).decide()
    assert (caught.value.code, hint in caught.value.hint) == (code, True)
    assert ("If it is lost" in caught.value.hint) == bool(hint)
