# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository on another host: reached by SSH with a key that may add and read, and no more."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.cluster import Cluster
from support.repository_host import RepositoryHost
from support.site import ALLOW_RESTART, Site, lose_the_table
from support.workbench import Workbench

pytestmark = pytest.mark.timeout(900)


class RemoteSite(Site):
    """An inventory of one cluster whose repository is on another host."""

    def __init__(self, workbench: Workbench, cluster: Cluster) -> None:
        self.program = workbench.directory / "there" / "pgpitr"
        repository = workbench.make_directory("it's a repository")
        self.host = RepositoryHost(workbench, repository=repository, program=self.program)
        super().__init__(workbench, {"db1": cluster})
        keeper = {"ansible_host": "127.0.0.1", "ansible_become": False}
        self.inventory = workbench.write_inventory(
            {"db1": self.variables(cluster), "keeper": keeper}, groups={"pitr_repository_hosts": ["keeper"]}
        )
        workbench.run_module(
            "agent",
            {"name": "db1", "repository_path": "/unused", "agent_path": str(self.program), "part": "program"},
        )
        self.host.start()

    def variables(self, cluster: Cluster) -> dict[str, Any]:
        """What the inventory says of the cluster."""
        there = {f"pitr_{name}": value for name, value in self.host.options().items()}
        return {
            **super().variables(cluster),
            **there,
            "pitr_repository_path": str(self.host.repository),
            "pitr_repository_prepare_host": False,
        }

    @property
    def folder(self) -> Path:
        """What the repository has of the cluster."""
        return self.host.repository / "db1"

    def content(self) -> dict[str, str]:
        """A digest of everything that is stored."""
        files = (path for path in self.host.repository.rglob("*") if path.is_file() and not path.name.startswith("."))
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


@pytest.fixture
def site(workbench: Workbench, cluster: Cluster) -> Iterator[RemoteSite]:
    """One running cluster, and the other host."""
    made = RemoteSite(workbench, cluster)
    yield made
    made.host.discard()


@pytest.mark.versions(18)
def test_cluster_is_archived_backed_up_and_restored_over_ssh(site: RemoteSite) -> None:
    cluster = site.clusters["db1"]
    assert site.play("archive", extra_vars=ALLOW_RESTART).changed_count > 0
    assert site.play("archive").changed_count == 0
    taken = site.play("backup").results_of("base_backup")[0]["backup"]
    assert (taken["type"], taken["stored_bytes"]) == ("full", stored_bytes(site, taken["label"]))
    target = lose_the_table(cluster)
    site.play("restore_point", extra_vars={"pitr_restore_point_name": "after it"})
    second = site.play("backup").results_of("base_backup")[0]["backup"]
    assert second["type"] == ("incremental" if cluster.version >= 17 else "full")
    site.play("report")

    wanted = {"pitr_restore_target_time": target}
    plan = site.play("restore", extra_vars=wanted, limit="db1", check=True)
    assert plan.changed_count > 0 and cluster.value("SELECT count(*) FROM later") == 1
    site.play("restore", extra_vars={**wanted, "pitr_restore_confirm": f"db1@{target}"}, limit="db1")
    assert cluster.value("SELECT count(*) FROM kept") == 500
    assert cluster.value("SELECT to_regclass('later') IS NULL AND NOT pg_is_in_recovery()")
    site.play("rollback", extra_vars={"pitr_restore_confirm": "db1@rollback"}, limit="db1")
    assert cluster.value("SELECT count(*) FROM later") == 1


@pytest.mark.versions(18)
def test_host_that_is_away_loses_nothing_and_archiving_goes_on_when_it_is_back(site: RemoteSite) -> None:
    cluster = site.clusters["db1"]
    site.play("archive", extra_vars=ALLOW_RESTART)
    site.host.stop()
    cluster.sql("CREATE TABLE filled (n int)")
    missed = []
    for number in range(2):
        cluster.sql("INSERT INTO filled VALUES (%s)", [number])
        missed.append(cluster.switch_segment())
    cluster.wait_until(
        lambda: cluster.value("SELECT failed_count > 0 FROM pg_stat_archiver"), what="archiving has failed"
    )
    assert "cannot reach the repository" in cluster.log_tail()
    assert not any(list(site.folder.rglob(f"{name}*")) for name in missed)
    # The report of this host fails, and has told what the host knows.
    told = str([task.result for task in site.play("report", expect_failure=True).tasks])
    assert "the repository cannot be read: " in told
    assert f"archiving fails on {missed[0]}: " in told and "[repository-unreachable]" in told
    site.host.start()
    cluster.wait_until(
        lambda: all(list(site.folder.rglob(f"{name}*")) for name in missed),
        what=f"{missed} have arrived",
        timeout_seconds=120,
    )


@pytest.mark.versions(18)
def test_what_a_thief_of_the_key_tries_is_refused_and_nothing_changes(site: RemoteSite) -> None:
    site.play("archive", extra_vars=ALLOW_RESTART)
    site.play("backup")
    other = site.host.repository / "db2"
    other.mkdir(mode=0o700)
    (other / "cluster.json").write_text("{}")
    site.workbench.os_user.own(other)
    before = settled(site.content)
    label = next((site.folder / "backups").glob("2*")).name

    assert "root:" not in site.host.ssh("cat", "/etc/passwd").stdout
    forwarded = site.host.ssh(arguments=("-W", f"127.0.0.1:{site.host.port.port}"))
    assert forwarded.returncode != 0 and "SSH-2.0" not in forwarded.stdout
    copied = site.host.ssh("sftp", arguments=("-s",))
    assert copied.returncode != 0
    for request in (
        ("delete", f"backups/{label}/backup.json"),
        ("delete_below", f"backups/{label}"),
        ("delete_below", "wal"),
        ("prune", "backups"),
        ("read_all", "../db2/cluster.json", "1000"),
        ("outer_stat", "db2/cluster.json"),
        ("list", "..", "", ""),
        ("discard", "cluster.json"),
        ("lease", ".verify.lock", "", "0", ""),
        ("put", "cluster.json", "any", "1", ""),
        ("put", f"backups/{label}/backup.json", "any", "1", ""),
        ("put", "../db2/cluster.json", "any", "1", ""),
        ("no such thing",),
        ("put",),
        ("put", "wal/1"),
        ("lease", "l", "", "soon", ""),
        ("read", "wal/1", "\N{SUPERSCRIPT TWO}"),
        ("",),
    ):
        asked = b"".join(frame(kind, content) for kind, content in spoken(request))
        answered = site.host.ssh(stdin=asked)
        assert (answered.returncode, "Traceback" in answered.stderr) == (0, False), request
    assert site.content() == before


def frame(kind: bytes, content: bytes) -> bytes:
    """One frame of the protocol."""
    return kind + len(content).to_bytes(4, "big") + content


def spoken(request: tuple[str, ...]) -> list[tuple[bytes, bytes]]:
    """What somebody says who knows the protocol and not its limits."""
    return [(b"H", b"1"), (b"Q", "\0".join(request).encode()), (b"D", b"mine"), (b"Z", b"")]


def stored_bytes(site: RemoteSite, label: str) -> int:
    """What the files of a backup take there, without its record and what lies beside that."""
    files = (site.folder / "backups" / label).iterdir()
    return sum(path.stat().st_size for path in files if path.name not in ("backup.json", "origin.json"))


def settled(look: Callable[[], Any]) -> Any:
    """What is seen twice in a row."""
    before = look()
    while True:
        time.sleep(1)
        if (now := look()) == before:
            return now
        before = now
