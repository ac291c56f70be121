# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of the playbook `archive` that has nothing to change: tasks and seconds per host, beside a bare `ping`."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stopwatch import seconds_of
from support import installation as installations
from support.os_user import OsUser
from support.workbench import Workbench

HOSTS = 4
ROUNDS = 5


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    bench = Workbench(OsUser.for_clusters())
    yield bench
    bench.discard()


def variables_of(workbench: Workbench) -> dict[str, Any]:
    """One more cluster, as an inventory describes it."""
    found = installations.find_any()
    cluster = workbench.make_cluster(found)
    return {
        "ansible_become": False,
        "pitr_cluster_data_directory": str(cluster.data),
        "pitr_repository_path": str(workbench.directory / "repository"),
        "pitr_repository_install_packages": False,
        "pitr_agent_path": str(workbench.directory / "pgpitr"),
        "pitr_agent_config_directory": str(workbench.directory / "etc"),
    }


def ping_book(workbench: Workbench) -> str:
    """What Ansible itself costs: facts and one module that does nothing, as in the playbook that is measured."""
    play = {
        "name": "Ping",
        "hosts": "all",
        "gather_facts": True,
        "gather_subset": ["!all", "min"],
        "tasks": [{"name": "Ping", "ansible.builtin.ping": {}}],
    }
    book = workbench.directory / "ping.yml"
    book.write_text(json.dumps([play]), encoding="utf-8")
    return str(book)


@pytest.mark.timeout(900)
def test_archive_without_changes(workbench: Workbench) -> None:
    hosts = {f"db{number}": variables_of(workbench) for number in range(1, HOSTS + 1)}
    inventory: Path = workbench.write_inventory(hosts)
    book = ping_book(workbench)

    def run(name: str, **more: Any) -> Any:
        return workbench.run_playbook(name, inventory=inventory, arguments=("--forks", str(HOSTS)), **more)

    run("archive", extra_vars={"pitr_archiving_allow_restart": True})
    nothing = run("archive")
    assert nothing.changed_count == 0
    tasks = nothing.recap["db1"]["ok"]

    print(f"\narchive with nothing to change: {tasks} tasks per host (facts and argument checks included)")
    for limit, count in (("db1", 1), ("all", HOSTS)):
        ours, ping = [], []
        for _unused in range(ROUNDS):
            ping.append(seconds_of(lambda limit=limit: run(book, limit=limit)))
            ours.append(seconds_of(lambda limit=limit: run("archive", limit=limit)))
        one, other = statistics.median(ours), statistics.median(ping)
        print(
            f"  {count} host(s): {one:.2f} s = {one / count:.2f} s per host; "
            f"a ping playbook {other:.2f} s; ratio {one / other:.2f}"
        )
    assert tasks <= 8
