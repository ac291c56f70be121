# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archiving is set up and a restore point made by plain Python over psql, as a program on the host would do it."""

from __future__ import annotations

import json
import shutil
import sys

import pytest
from support.archiving import install_agent, repository_options
from support.places import collections_path

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from code_of_pitr._core.archiving.request import ArchiveRequest
from code_of_pitr._core.archiving.restore_point import RestorePointRequest
from code_of_pitr._io.host.runner import SystemRunner
from code_of_pitr._io.postgres.discovery import cluster_at
from code_of_pitr._io.sql.psql_server import PsqlServer
from code_of_pitr._io.postgres.service.service import Service
from code_of_pitr._io.repository.repository import Repository
from code_of_pitr._operations.archiving.proof import ArchiveProof
from code_of_pitr._operations.archiving.restore_point import make_restore_point
from code_of_pitr._operations.archiving.setup import ArchiveSetup

options, runner = json.loads(sys.argv[2]), SystemRunner()
cluster = cluster_at(options["data_directory"], runner=runner)
repository = Repository(options["repository_path"])
folder = repository.cluster(options["name"])
request = ArchiveRequest(options["name"], options["agent_path"], options["config_directory"], allow_restart=True)


def connect():
    return PsqlServer(cluster, login_user=options["login_user"])


setup = ArchiveSetup(request, cluster, repository, folder, runner, connect)
plan, done = setup.rehearse().plan, setup.run()
again = setup.run()
server, log = connect(), Service(cluster, runner=runner).log
proof = ArchiveProof(cluster, server=server, folder=folder, log=log)
point = make_restore_point(RestorePointRequest("by_program"), cluster=cluster, server=server, proof=proof)
server.close()
print(json.dumps({
    "planned_restart": plan.restart,
    "restarted": done.restarted,
    "segment": done.proof.segment,
    "again": [again.plan.changed, again.reason],
    "point": str(point.segment),
    "foreign": sorted(name for name in sys.modules if name.split(".")[0] in ("ansible", "psycopg2")),
}))
"""


@pytest.fixture
def code(workbench):
    """A folder with the collection's code, which the cluster's user may read."""
    folder = workbench.make_directory("code")
    source = collections_path() / "ansible_collections" / "pgfleet" / "pitr" / "plugins" / "module_utils"
    shutil.copytree(source, folder / "code_of_pitr")
    return folder


@pytest.mark.versions(18)
def test_archiving_is_set_up_by_plain_python(workbench, cluster, repository, code):
    options = repository_options(workbench, cluster, repository=repository)
    install_agent(workbench, options)

    run = cluster.os_user.run([sys.executable, "-B", "-c", PROGRAM, code, json.dumps(options)])
    said = json.loads(run.stdout)

    assert (said["planned_restart"], said["restarted"], said["foreign"]) == (True, True, [])
    assert said["again"] == [False, "already"]
    assert cluster.value("SHOW archive_mode") == "on"
    for segment in (said["segment"], said["point"]):
        assert list(repository.glob(f"db1/wal/00000001/*/{segment}*"))
