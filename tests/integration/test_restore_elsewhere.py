# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that never saw the cluster brings it back from the repository alone, and takes its place."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from support import other_host
from support.fresh_host import FreshHost, same_plan
from support.ports import PortLease
from support.restoring import Site, lay_out

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


@pytest.fixture
def host(site: Site) -> Iterator[FreshHost]:
    lease = PortLease.take()
    made = FreshHost(site, site.workbench.make_directory("fresh host"), lease.port)
    yield made
    if made.data.exists():
        site.cluster.os_user.run(
            [site.cluster.program("pg_ctl"), "-D", made.data, "-m", "immediate", "stop"], check=False
        )
    lease.release()


def burn(site: Site) -> None:
    """The old host is gone."""
    site.cluster.crash()
    shutil.rmtree(site.cluster.data)


@pytest.mark.versions(18)
def test_fresh_host_becomes_the_successor_and_the_old_one_may_write_no_more(site: Site, host: FreshHost) -> None:
    places = lay_out(site)
    site.cluster.crash()
    host.install()
    target = places.target("time")
    planned = host.plan(**target)
    assert (planned["plan"]["successor"], planned["configuration_directory"]) == (True, None)
    on_host = host.plan_there("--source", "db1", "--target-time", places.moment)
    assert same_plan(on_host, planned)
    assert any(line.startswith("succeeds") and str(site.cluster.data) in line for line in planned["plan_lines"])

    done = host.restore(**target)

    assert (done["state"], done["new_timeline"], host.rows()) == ("promoted", 2, [0, 1])
    withdrawn = host.module("writers", hostname=host.hostname)
    assert [str(site.cluster.data) in each for each in withdrawn["withdrawn"]] == [True]
    assert not host.module("writers", hostname=host.hostname).changed
    host.module("agent")
    assert host.module("base_backup", type="full")["backup"]["timeline"] == 2
    host.sql("INSERT INTO t VALUES (200)")
    host.archive_all()
    assert not host.restored_files()
    again = host.module("restore", source="db1", state="planned", **target)
    assert again["already"]

    # The old host comes back, as half-dead ones do.
    site.cluster.start()
    site.cluster.switch_segment()
    site.cluster.wait_until(
        lambda: "may not write as 'db1'" in site.cluster.log_tail(), what="the old cluster is told that it is none"
    )


@pytest.mark.versions(15)
def test_what_could_not_start_there_is_refused_by_the_plan(site: Site, host: FreshHost) -> None:
    space, free = site.workbench.make_directory("ts"), site.workbench.make_directory("elsewhere ts")
    site.cluster.sql(f"CREATE TABLESPACE ts LOCATION '{space}'")
    lay_out(site)
    there = host.plan(fails=True)
    assert (there.code, str(site.cluster.data) in there["msg"]) == ("cluster-on-this-host", True)
    burn(site)
    without = host.plan(source="", fails=True)
    assert (without.code, "pitr_restore_source" in without["hint"]) == ("data-directory-missing", True)
    assert host.plan(source="db2", fails=True).code == "source-differs"
    moved = {"tablespaces": {str(space): str(free)}}
    (free / "precious").touch()
    assert host.plan(fails=True, **moved).code == "tablespace-outside-roots"
    (free / "precious").unlink()
    assert host.plan(fails=True, tablespaces={"/nowhere": str(free)}).code == "tablespace-unknown"
    assert str(free) in host.plan(**moved)["plan"]["tablespaces"].values()
    host.install()
    on_host = host.plan_there("--source", "db1", "--tablespace-mapping", f"{space}={free}")
    assert same_plan(on_host, host.plan(**moved))

    with socket.create_server(("localhost", host.port)):
        taken = host.plan(fails=True, settings={"listen_addresses": "localhost"}, **moved)
    assert (taken.code, str(host.port) in taken["msg"]) == ("address-unavailable", True)
    for settings, code, named in (
        ({"session_preload_libraries": "$libdir/plpgsql, nowhere"}, "library-missing", "'nowhere'"),
        ({"ssl": "on", "ssl_cert_file": "/nowhere/server.crt"}, "configuration-incomplete", "/nowhere/server.crt"),
        ({"shared_buffers": "1000GB"}, "host-unfit", "shared memory"),
    ):
        refused = host.plan(fails=True, settings=settings, **moved)
        assert (refused.code, named in refused["msg"]) == (code, True), refused["msg"]

    for changes, code, named in (
        ({"databases": [database("shop", collate="xx_XX.utf8")]}, "locale-missing", "xx_XX.utf8"),
        ({"configuration": {"hba": 'host all @"/no/admins" all trust\n'}}, "configuration-incomplete", "/no/admins"),
        ({"configuration": {"settings": "lc_messages = 'xx_XX'\n"}}, "configuration-invalid", "lc_messages"),
    ):
        with host.origin_with(changes):
            refused = host.plan(fails=True, **moved)
            assert (refused.code, named in refused["msg"]) == (code, True), refused["msg"]
    with host.origin_with({"databases": [database("shop", collate="C.UTF-8", version="2.11")]}):
        assert any("REINDEX DATABASE" in line for line in host.plan(**moved)["plan_lines"])
    (path,) = (site.repository / "db1" / "backups").glob("*/origin.json")
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b"max_connections", b"max_c0nnections", 1) + b" ")
    assert host.plan(fails=True, **moved).code == "backup-origin-damaged", "it can be read, and is not what was stored"
    path.write_bytes(kept)
    with host.origin_with(None):
        assert host.plan(fails=True, **moved).code == "backup-origin-missing"


def database(name: str, *, collate: str, version: str | None = None) -> dict[str, Any]:
    return {"name": name, "provider": "c", "collate": collate, "ctype": collate, "version": version}


@pytest.mark.versions(15)
def test_copy_on_a_host_with_another_name_acts_on_nobody(site: Site, host: FreshHost) -> None:
    site.cluster.configure(synchronous_standby_names="away", synchronous_commit="local")
    site.cluster.reload()
    lay_out(site)
    copy = {
        "name": "reports",
        "source": "db1",
        "restore_data_directory": str(host.data),
        "restore_port": host.port,
        "target_latest": True,
    }
    host.module("agent", name="db1", without_cluster=True)
    at = ("--data-directory", str(host.data), "--port", str(host.port))
    planned = host.module("restore", state="planned", data_directory="", port=None, **copy)
    assert same_plan(host.plan_there("--source", "db1", *at), planned)
    host.module("restore", data_directory="", port=None, **copy)
    host.module("recovery", name="reports", data_directory="", port=None, restore_data_directory=str(host.data))

    assert host.rows() == [0, 1, 2, 3, 4, 5]
    assert [host.sql(f"SHOW {name}") for name in ("archive_mode", "synchronous_standby_names")] == [[("off",)], [("",)]]
    host.sql("SET synchronous_commit = on; INSERT INTO t VALUES (6)")
    assert host.module("restore", data_directory="", port=None, **copy)["already"]
    writers = json.loads((site.repository / "db1" / "cluster.json").read_text())["writers"]
    assert [each["data_directory"] for each in writers] == [str(site.cluster.data)]


@pytest.mark.versions(18)
def test_standby_is_made_from_the_repository_and_follows_its_primary(site: Site, host: FreshHost) -> None:
    lay_out(site)
    site.cluster.sql("CREATE ROLE copier REPLICATION LOGIN PASSWORD 'canary'")
    site.cluster.sql("SELECT pg_create_physical_replication_slot('fresh')")
    host.install()
    reach = f"host={site.cluster.socket_directory} port={site.cluster.port} user=copier password=canary"
    standby = {"source": "db1", "restore_as": "standby", "target_latest": True, "primary_conninfo": reach}
    planned = host.plan(**standby)
    assert not planned["plan"]["successor"]
    slot = ("--primary-conninfo", reach.replace(" password=canary", ""), "--primary-slot-name", "fresh")
    assert same_plan(
        host.plan_there("--source", "db1", "--standby", *slot), host.plan(primary_slot_name="fresh", **standby)
    )
    staged = host.module("restore", confirm="db1@latest", primary_slot_name="fresh", **standby)
    done = host.module("recovery")

    assert done["state"] == "following"
    assert "canary" not in json.dumps([planned.result, staged.result, done.result]).replace(json.dumps(reach), "")
    site.insert(6)
    site.cluster.wait_until(lambda: host.rows() == [0, 1, 2, 3, 4, 5, 6], what="the row has come by streaming")
    assert host.sql("SELECT pg_is_in_recovery()") == [(True,)]
    assert site.cluster.value("SELECT active FROM pg_replication_slots WHERE slot_name = 'fresh'")
    assert not host.module("recovery").changed
    writers = json.loads((site.repository / "db1" / "cluster.json").read_text())["writers"]
    assert [each["data_directory"] for each in writers] == [str(site.cluster.data)]


@pytest.mark.versions(18)
def test_playbook_brings_it_to_a_host_of_another_name_in_the_inventory(site: Site, host: FreshHost) -> None:
    lay_out(site)
    burn(site)
    variables = {
        "ansible_become": False,
        "pitr_cluster_name": "db1",
        "pitr_cluster_data_directory": str(host.data),
        "pitr_cluster_port": host.port,
        "pitr_cluster_bin_directory": site.options["bin_directory"],
        "pitr_cluster_login_user": site.cluster.superuser,
        "pitr_repository_path": str(site.repository),
        "pitr_repository_install_packages": False,
        "pitr_agent_path": str(host.base / "pgpitr"),
        "pitr_agent_config_directory": str(host.base / "etc"),
        "pitr_restore_source": "db1",
        "pitr_restore_target_latest": True,
    }
    inventory = site.workbench.write_inventory({"db9": variables})
    with other_host.named(host.name):
        site.workbench.run_playbook("restore", inventory=inventory, check=True)
        assert not (host.base / "pgpitr").exists()
        site.workbench.run_playbook("restore", inventory=inventory, extra_vars={"pitr_restore_confirm": "db1@latest"})

    assert host.rows() == [0, 1, 2, 3, 4, 5]
    writers = json.loads((site.repository / "db1" / "cluster.json").read_text())["writers"]
    assert [(each["hostname"], each["data_directory"]) for each in writers] == [(host.hostname, str(host.data))]
    assert len(list(site.repository.glob("db1/backups/*-full"))) == 2
