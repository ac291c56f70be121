# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An encrypted archive in a real object storage that proves who it is by a certificate of a private authority."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from store_proxy import StoreProxy
from support.archiving import cluster_options
from support.authority import Authority
from support.cluster import Cluster
from support.encryption import AgeKey
from support.restoring import Site
from support.seaweed import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Seaweed
from support.workbench import Workbench

pytestmark = pytest.mark.timeout(600)

BUCKET = "backups"


@dataclass(frozen=True)
class PrivateStore:
    """A store behind TLS, and two authorities, of which one has made its certificate."""

    server: Seaweed
    ours: Authority
    other: Authority

    def options(self, **more: Any) -> dict[str, Any]:
        """What names it to a module."""
        return {
            "repository_path": "",
            "repository_s3_bucket": BUCKET,
            "repository_s3_endpoint": f"https://127.0.0.1:{self.server.tls_port}",
            "repository_s3_ca_file": str(self.ours.file),
            "repository_s3_path_style": True,
            "repository_s3_access_key_id": ACCESS_KEY_ID,
            "repository_s3_secret_access_key": SECRET_ACCESS_KEY,
            **more,
        }

    def stored(self) -> list[str]:
        """What is stored, but for leases."""
        found = self.server.client().list_objects_v2(Bucket=BUCKET).get("Contents", ())
        return [each["Key"] for each in found if ".lease-" not in each["Key"]]


@pytest.fixture
def store(workbench: Workbench) -> Iterator[PrivateStore]:
    # The account of the clusters reads the authority's certificate.
    directory = workbench.make_directory("certificates")
    ours, other = Authority(directory, "ours"), Authority(directory, "other")
    for file in (ours.file, other.file):
        workbench.os_user.own(file)
    server = Seaweed(workbench.make_directory("seaweed"), certificate=ours.issue("127.0.0.1"))
    server.start()
    server.client().create_bucket(Bucket=BUCKET)
    yield PrivateStore(server, ours, other)
    server.discard()


def files_below(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


@pytest.mark.versions(18)
def test_encrypted_archive_behind_a_private_authority(
    workbench: Workbench, cluster: Cluster, store: PrivateStore
) -> None:
    paths = {"agent_path": str(workbench.directory / "pgpitr"), "config_directory": str(workbench.directory / "config")}
    base = {**cluster_options(cluster), "name": "db1", **paths}
    key = AgeKey.make()
    age = {"repository_age_recipients": [key.recipient]}

    def refused(**more: Any) -> str:
        options = {**base, **store.options(**more), **age}
        done = workbench.run_module("agent", options, expect_failure=True)
        assert done["hint"] and not files_below(workbench.directory / "config") and store.stored() == []
        assert not os.path.exists(paths["agent_path"]), "nothing is installed for a repository that cannot be reached"
        return done.code

    wrong = "repository-certificate-refused"
    assert refused(repository_s3_ca_file=str(store.other.file)) == wrong
    assert refused(repository_s3_ca_file="") == wrong
    assert refused(repository_s3_endpoint=f"https://localhost:{store.server.tls_port}") == wrong
    assert refused(repository_s3_ca_file="/nowhere/ca.pem") == "repository-ca-file-invalid"
    with StoreProxy(store.server.endpoint, certificate=store.ours.issue("127.0.0.1", days=(-3, -1))) as expired:
        assert refused(repository_s3_endpoint=expired.endpoint) == wrong and expired.requests == []

    site = Site(workbench, cluster, workbench.directory, {**base, **store.options()})
    workbench.run_module("agent", {**site.options, **age})
    site.options.update(age)
    workbench.run_module("wal_archive", {**site.options, "allow_restart": True, "archive_timeout_seconds": 3600})
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.insert(1)
    site.back_up()
    site.insert(2)
    assert site.back_up(type="incremental").endswith("-incremental")
    site.insert(3)
    moment = site.moment()
    site.insert(4)
    last = cluster.switch_segment()
    archived = f"SELECT last_archived_wal >= '{last}' FROM pg_stat_archiver"
    cluster.wait_until(lambda: cluster.value(archived), what=f"{last} is archived")
    contents = [name for name in store.stored() if re.search(r"/[0-9A-F]{24}\.(?!.*backup)|\.tar", name)]
    encrypted = [name for name in contents if name.endswith((".age", ".age.digest"))]
    assert contents == encrypted and any("/wal/" in name for name in contents)

    assert site.plan(fails=True, target_time=moment).code == "identity-missing"
    untrusted = site.plan(fails=True, target_time=moment, repository_s3_ca_file=str(store.other.file))
    assert untrusted.code == wrong and site.rows() == [1, 2, 3, 4]
    site.restore(target_time=moment, age_identity=key.identity)
    assert site.rows() == [1, 2, 3]
    known = {"name": "db1", "bin_directory": base["bin_directory"], "os_user": workbench.os_user.name}
    verified = workbench.run_module("backup_verify", {**known, **store.options()})
    assert (verified["findings"], verified["encrypted_archives"]) == ([], 2)
