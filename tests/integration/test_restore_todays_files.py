# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What today's server reads by name, and what the later steps need, is as it is today after a restore."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.ports import PortLease
from support.restoring import Site

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    made = Site.make(workbench, cluster, repository)
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    made.back_up()
    made.insert(1)
    return made


def write(site: Site, path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    site.workbench.os_user.own(path.parent)
    path.write_text(text)
    path.chmod(0o600)
    return site.workbench.os_user.own(path)


def restored(site: Site) -> None:
    """Restored in place, up and running."""
    rows, moment = site.rows(), site.moment()
    site.insert(99)
    site.restore(target_time=moment)
    assert site.rows() == rows


def copied(site: Site) -> Path:
    """A copy that was recovered beside the cluster, and stopped."""
    lease = PortLease.take()
    copy = site.cluster.base / "copy"
    beside = {"restore_data_directory": str(copy), "restore_port": lease.port}
    moment = site.moment()
    site.insert(2)
    try:
        site.workbench.run_module("restore", {**site.options, "target_time": moment, **beside})
        site.recover(restore_data_directory=str(copy))
        site.workbench.os_user.run([site.cluster.program("pg_ctl"), "-D", copy, "stop", "-m", "fast", "-w"])
    finally:
        lease.release()
    return copy


@pytest.mark.versions(18)
@pytest.mark.parametrize("is_outside", [True, False])
def test_postgresql_conf_that_is_a_link_stays_one(site: Site, is_outside: bool) -> None:
    data = site.cluster.data
    target = site.workbench.make_directory("etc") / "my.conf" if is_outside else data / "conf" / "my.conf"
    write(site, target, (data / "postgresql.conf").read_text() + "work_mem = '7MB'\n")
    (data / "postgresql.conf").unlink()
    (data / "postgresql.conf").symlink_to(target if is_outside else "conf/my.conf")
    site.cluster.restart()

    restored(site)
    assert os.readlink(data / "postgresql.conf") == (str(target) if is_outside else "conf/my.conf")
    assert site.cluster.value("SHOW work_mem") == "7MB"


@pytest.mark.versions(15)
def test_file_that_was_taken_out_of_an_included_directory_does_not_come_back(workbench, cluster, repository) -> None:
    site = Site.make(workbench, cluster, repository)
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    old = write(site, cluster.data / "conf.d" / "old.conf", "work_mem = '9MB'\n")
    cluster.configure(include_dir="conf.d")
    cluster.restart()
    site.back_up()
    site.insert(1)
    old.unlink()
    write(site, cluster.data / "conf.d" / "new.conf", "maintenance_work_mem = '33MB'\n")
    cluster.restart()

    restored(site)
    assert cluster.sql("SELECT current_setting('work_mem'), current_setting('maintenance_work_mem')") == [
        ("4MB", "33MB")
    ]


def test_names_in_a_file_that_pg_hba_conf_names_are_those_of_today(site: Site) -> None:
    data = site.cluster.data
    write(site, data / "admins", f"{site.cluster.superuser}\n{site.workbench.os_user.name}\npostgres\n")
    rules = "local all @admins trust\n"
    if site.cluster.installation.version >= 16:
        # Names are relative to the file that they stand in.
        write(site, data / "hba.d" / "own.conf", "local all @../admins trust\n")
        rules = "include_dir hba.d\n"
    write(site, data / "pg_hba.conf", f"{rules}local replication all trust\n")
    site.cluster.reload()

    copy = copied(site)
    assert "/admins" in (copy / "pg_hba.conf").read_text() or "hba.d" in (copy / "pg_hba.conf").read_text()
    restored(site)
    assert site.cluster.value("SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL") == 0
    assert (data / "admins").exists()


@pytest.fixture
def certified(site: Site) -> Site:
    """With TLS since after the backup; where the server was built without, with a key for Kerberos."""
    make_certificate(site, "first")
    site.cluster.configure(ssl="on")
    site.cluster.restart()
    return site


def make_certificate(site: Site, name: str) -> None:
    key, certificate = site.cluster.data / "server.key", site.cluster.data / "server.crt"
    arguments = ["-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", key, "-out", certificate]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", *arguments], check=True, capture_output=True)
    for path in (key, certificate):
        path.chmod(0o600)
        site.workbench.os_user.own(path)


@pytest.mark.versions(15)
def test_certificate_that_is_younger_than_the_backup_is_there(certified: Site) -> None:
    copy = copied(certified)
    assert (copy / "server.crt").read_bytes() == (certified.cluster.data / "server.crt").read_bytes()
    restored(certified)
    assert certified.cluster.value("SHOW ssl") == "on"


@pytest.mark.versions(15)
def test_certificate_that_was_renewed_is_the_new_one(certified: Site) -> None:
    certified.back_up()
    make_certificate(certified, "second")
    certificate = (certified.cluster.data / "server.crt").read_bytes()
    restored(certified)
    assert (certified.cluster.data / "server.crt").read_bytes() == certificate


@pytest.mark.versions(18)
def test_python_without_psycopg2_is_refused_by_the_plan(site: Site) -> None:
    broken = write(site, site.workbench.directory / "broken" / "psycopg2.py", "raise ImportError('none here')\n")
    options: dict[str, Any] = {**site.options, "state": "planned", "target_latest": True}
    refused = site.workbench.run_module(
        "restore", options, environment={"PYTHONPATH": str(broken.parent)}, expect_failure=True
    )
    assert refused.code == "psycopg2-missing"


@pytest.mark.versions(15)
def test_copy_of_a_server_with_settings_on_its_command_line_is_recovered(site: Site) -> None:
    site.cluster.stop()
    site.cluster.pg_ctl("start", "-l", site.cluster.log, "-w", "-o", "-c max_connections=60")
    site.back_up()
    copy = copied(site)
    assert (copy / "PG_VERSION").exists()
