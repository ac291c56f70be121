# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody has become root: not a local user, not PostgreSQL's account, not the owner of a database."""

from __future__ import annotations

import re

import pytest
from pitr_testinfra import RUNNER, clusters_of
from testinfra.host import Host


@pytest.fixture
def db1() -> Host:
    return RUNNER.get_host("db1")


def test_what_is_roots_is_as_it_was(db1: Host) -> None:
    db1.check_output("/usr/local/libexec/roots.sh /var/tmp/roots-after")
    assert db1.run("diff /var/tmp/roots-before /var/tmp/roots-after").stdout == ""


def test_program_of_postgresqls_account_was_started_with_its_rights_alone(db1: Host) -> None:
    """And those of other users by nobody."""
    uid = db1.check_output("id -u postgres")
    gid = db1.check_output("id -g postgres")
    ran = db1.check_output("cat /var/tmp/canary/ran").splitlines()
    assert ran
    for line in ran:
        owner, _path, *ids, capabilities = re.fullmatch(
            r"(\d+) (.*?) (\(.*?\)) (\(.*?\)) \[.*\] ([0-9a-f]+)", line
        ).groups()
        assert owner == uid, line
        assert ids == [f"({uid}, {uid}, {uid})", f"({gid}, {gid}, {gid})"], line
        assert int(capabilities, 16) == 0, line


def test_code_of_a_databases_owner_got_no_program(db1: Host) -> None:
    assert not db1.file("/var/tmp/canary/by-sql").exists


def test_local_users_processes_still_stand_where_they_stood(db1: Host) -> None:
    assert int(db1.check_output("pgrep --count --euid nobody --full '^postgres 1000000'")) >= 4


def test_clusters_have_all_their_rows(db1: Host) -> None:
    for cluster in clusters_of(db1, host_name="db1").values():
        assert cluster.is_active()
        assert cluster.ask("select count(*) from event") == "1000"
        # A cluster that was rolled back opens on a timeline above all in the archive.
        assert cluster.timeline() > 2
