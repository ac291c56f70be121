# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests' own tools do what they say: what stands on them would otherwise prove nothing."""

from __future__ import annotations

import json

import pytest
from support.archiving import installed_options
from support.os_user import OsUser
from support.ports import PortLease
from support.workbench import Workbench


@pytest.mark.versions(15, 18)
def test_cluster_has_the_version_asked_for(cluster, postgres):
    assert cluster.value("SHOW server_version_num").startswith(str(postgres.version))


@pytest.mark.versions(18)
def test_killed_cluster_recovers_what_was_committed(cluster):
    cluster.sql("CREATE TABLE t AS SELECT generate_series(1, 5) AS n")

    cluster.crash()
    assert not cluster.is_running()
    cluster.start()

    assert cluster.value("SELECT count(*) FROM t") == 5
    assert cluster.log_contains("was not properly shut down")


@pytest.mark.versions(18)
def test_options_reach_the_cluster(make_cluster):
    cluster = make_cluster(
        directory_name="it's a name", segment_size_mb=1, superuser="boss", settings={"work_mem": "5MB"}
    )

    assert cluster.sql("SELECT current_user, current_setting('work_mem')") == [("boss", "5MB")]
    assert cluster.control()["Bytes per WAL segment"] == "1048576"
    assert cluster.value("SHOW data_directory").endswith("/it's a name")


@pytest.mark.versions(18)
def test_two_clusters_run_side_by_side_and_are_not_one(make_cluster):
    first, second = make_cluster(), make_cluster()

    assert first.port != second.port
    assert first.system_identifier() != second.system_identifier()
    for one in (first, second):
        assert one.value("SELECT system_identifier::text FROM pg_control_system()") == one.system_identifier()


@pytest.mark.versions(18)
def test_what_the_module_would_install_is_what_was_kept(postgres):
    for _number in range(2):
        bench = Workbench(OsUser.for_clusters())
        try:
            options = installed_options(
                bench, bench.make_cluster(postgres), repository=bench.make_directory("repository")
            )
            made_by = bench.last_run
            assert not bench.run_module("agent", options).changed
        finally:
            bench.discard()
    assert made_by is None, "the second one was laid out from what was kept"


def test_leased_port_is_not_given_twice():
    leases = [PortLease.take() for _number in range(5)]

    assert len({lease.port for lease in leases}) == 5
    for lease in leases:
        lease.release()


def test_playbook_run_knows_results_and_recap(workbench, run_playbook):
    book = workbench.directory / "book.yml"
    tasks = [
        {"name": "Say", "ansible.builtin.debug": {"msg": "{{ word }}"}, "changed_when": True},
        {"name": "Stop", "ansible.builtin.fail": {"msg": "enough"}, "when": "inventory_hostname == 'b'"},
        {"name": "Tell", "ansible.builtin.set_stats": {"data": {"seen": 1}, "per_host": False}},
    ]
    book.write_text(json.dumps([{"name": "Try", "hosts": "all", "gather_facts": False, "tasks": tasks}]))

    done = run_playbook(str(book), inventory={"a": {}, "b": {}}, extra_vars={"word": "0012"}, expect_failure=True)

    assert [result["msg"] for result in done.results_of("ansible.builtin.debug")] == ["0012", "0012"]
    assert done.recap["a"]["changed"] == 1
    assert done.recap["b"]["failures"] == 1
    assert [one.result["msg"] for one in done.failures()] == ["enough"]
    assert done.custom_stats["_run"] == {"seen": 1}


def test_unexpected_outcome_fails_with_everything_that_was_printed(workbench, run_playbook):
    book = workbench.directory / "book.yml"
    task = {"name": "Stop", "ansible.builtin.fail": {"msg": "enough"}}
    book.write_text(json.dumps([{"name": "Try", "hosts": "all", "gather_facts": False, "tasks": [task]}]))

    with pytest.raises(AssertionError, match=r"expected success of playbook (?s:.*)enough"):
        run_playbook(str(book), inventory={"a": {}})
