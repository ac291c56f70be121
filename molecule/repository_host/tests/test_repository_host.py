# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository on a third host: what the databases lost is back, and none of them can harm what is there."""

from __future__ import annotations

import pytest
from pitr_testinfra import RUNNER, Cluster
from testinfra.host import Host

KEY = "/var/lib/postgresql/.ssh/pgpitr-%s"
SSH = (
    "runuser -u postgres -- ssh -F none -T -o BatchMode=yes -o IdentitiesOnly=yes -i " + KEY + " -l pgpitr"
    " -o UserKnownHostsFile=/var/lib/postgresql/.ssh/pgpitr_known_hosts -o ConnectTimeout=10"
)


@pytest.fixture
def keeper() -> Host:
    """The host that keeps the repository."""
    return RUNNER.get_host("keeper")


@pytest.fixture
def address(keeper: Host) -> str:
    """How the others reach it."""
    return str(RUNNER.get_variables("keeper")["ansible_host"])


def digests(keeper: Host) -> str:
    """What lies in the repository, but for what is of no lasting worth."""
    return str(keeper.check_output("find /srv/pitr -type f -not -name '.*' -exec sha256sum {} + | sort -k 2"))


def test_rows_of_backup_and_wal_are_back(main: Cluster) -> None:
    assert main.is_active() and main.timeline() == 2
    assert main.ask("select count(*), max(id) from event") == "1500|1500"


def test_new_timeline_is_archived_over_there_and_nothing_here(host: Host, keeper: Host, main: Cluster) -> None:
    segment = main.archived_segment()
    folder = f"/srv/pitr/{main.host_name}/wal/{segment[:8]}/{segment[8:16]}"
    assert segment in keeper.check_output("ls %s", folder)
    assert not host.file("/srv/pitr").exists


def test_repository_is_its_accounts_alone_and_its_keys_are_roots(host: Host, keeper: Host, host_name: str) -> None:
    wrong = r"\( -type d -not -perm 700 \) -o \( -type f -not -perm 600 \) -o -not -user pgpitr"
    assert host.file("/srv").exists and keeper.check_output(f"find /srv/pitr {wrong}") == ""
    keys = keeper.file("/var/lib/pgpitr/.ssh/authorized_keys")
    assert (keys.user, keys.mode) == ("root", 0o644)
    lines = [line for line in keys.content_string.splitlines() if line.endswith(f" pgpitr {host_name}@{host_name}")]
    assert len(lines) == 1 and lines[0].startswith('restrict,command="/usr/local/bin/pgpitr serve ')


def test_key_is_the_clusters_alone(host: Host, host_name: str) -> None:
    key = host.file(KEY % host_name)
    assert (key.user, key.mode) == ("postgres", 0o600)


@pytest.mark.parametrize(
    "attempt",
    [
        "%s -- rm -rf /srv/pitr",
        "%s -- cat /etc/passwd",
        "-W 127.0.0.1:22 %s",
        "-s %s -- sftp",
        "-tt %s",
    ],
)
def test_key_opens_no_shell_no_tunnel_and_no_files(
    host: Host, host_name: str, keeper: Host, address: str, attempt: str
) -> None:
    before = digests(keeper)
    done = host.run(f"timeout 20 {SSH % host_name} {attempt % address} < /dev/null || true")
    assert "root:" not in done.stdout and "SSH-2.0" not in done.stdout
    assert digests(keeper) == before


def test_key_of_one_cluster_reads_no_other(host: Host, host_name: str, keeper: Host, address: str) -> None:
    other = "db2" if host_name == "db1" else "db1"
    host.check_output("cp -p /etc/pgpitr/%s.conf /etc/pgpitr/%s.conf", host_name, other)
    host.check_output("cp -p %s %s", KEY % host_name, KEY % other)
    done = host.run("runuser -u postgres -- pgpitr info --cluster %s", other)
    host.check_output("rm /etc/pgpitr/%s.conf %s", other, KEY % other)
    assert done.rc == 1 and "not-permitted" in done.stderr + done.stdout, done.stdout + done.stderr
