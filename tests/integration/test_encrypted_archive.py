# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive that the database's host cannot read: WAL and backups encrypted with `age`."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.encryption.cluster_secret import cluster_secret
from support.archiving import repository_options
from support.cluster import Cluster
from support.encryption import AgeKey, encrypted_site, kept_identities, set_recipients, stored_wal
from support.restoring import Site
from support.workbench import Workbench


@pytest.fixture
def key() -> AgeKey:
    return AgeKey.make()


@pytest.fixture
def site(workbench: Workbench, cluster: Cluster, repository: Path, key: AgeKey) -> Site:
    return encrypted_site(workbench, cluster, repository, recipients=[key.recipient])


@pytest.mark.versions(15, 18)
def test_lost_cluster_comes_back_to_the_moment_with_the_identity_alone(site: Site, key: AgeKey) -> None:
    cluster = site.cluster
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.insert(1)
    site.back_up()
    site.insert(2)
    if cluster.version >= 17:
        assert site.back_up(type="incremental").endswith("-incremental")
    site.insert(3)
    moment = site.moment()
    site.insert(4)
    site.archive_all()

    assert all(path.name.endswith(".age") for path in stored_wal(site)) and stored_wal(site)
    readable = [path for path in (site.repository / "db1" / "backups").rglob("*.tar*") if path.suffix != ".age"]
    assert readable == []

    target = {"target_time": moment}
    refused = site.plan(fails=True, **target)
    assert refused.code == "identity-missing"
    wrong = site.plan(fails=True, **target, age_identity=AgeKey.make().identity)
    assert wrong.code == "identity-wrong"
    assert kept_identities(cluster, key) == []

    cluster.stop()
    shutil.rmtree(cluster.data)
    given = {"age_identity": key.identity}
    assert site.plan(fails=True, **target).code == "identity-missing"
    assert not cluster.data.exists()
    site.stage(**target, **given)
    assert len(kept_identities(cluster, key)) == 1
    done = site.recover()
    assert done["state"] == "promoted"
    assert site.rows() == [1, 2, 3]
    assert kept_identities(cluster, key) == []
    site.insert(5)
    site.archive_all()


@pytest.mark.versions(18)
def test_host_without_the_identity_checks_what_it_can_and_a_restore_of_before_and_after_a_rotation_needs_both(
    workbench: Workbench, cluster: Cluster, repository: Path, key: AgeKey
) -> None:
    site = encrypted_site(workbench, cluster, repository, recipients=[])
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.archive_all()
    in_clear = stored_wal(site)
    assert not any(path.name.endswith(".age") for path in in_clear)
    set_recipients(site, [key.recipient])
    site.insert(1)
    site.back_up()
    nonce = bytes.fromhex(cluster.control()["Mock authentication nonce"])
    secret = cluster_secret((cluster.data / "global" / "pg_control").read_bytes(), byte_order=sys.byteorder)
    assert secret and secret.rstrip(b"\0")[:28] in nonce

    last = stored_wal(site)[-1]
    name = last.name.partition(".")[0]
    (cluster.data / "pg_wal" / "archive_status" / f"{name}.done").rename(
        cluster.data / "pg_wal" / "archive_status" / f"{name}.ready"
    )
    site.archive_all()
    assert stored_wal(site).count(last) == 1 and cluster.value("SELECT failed_count FROM pg_stat_archiver") == 0

    other = AgeKey.make()
    set_recipients(site, [other.recipient])
    site.insert(2)
    moment = site.moment()
    site.insert(3)
    site.archive_all()

    verified = workbench.run_module("backup_verify", verify_options(site))
    assert verified["findings"] == [] and (verified["encrypted_archives"], verified["encrypted_segments"] > 1) == (
        1,
        True,
    )
    assert "only with the age identity" in " ".join(verified["notes"])
    report = workbench.run_module("backup_info", site.recovery_options)
    assert report["clusters"][0]["windows"][-1]["to"] is None and report["clusters"][0]["attention"] == []
    facts = "".join(path.read_text(encoding="utf-8") for path in (repository / "db1").glob("wal_facts/*/*"))
    encrypted = {path.name.partition(".")[0] for path in stored_wal(site) if path.name.endswith(".age")}
    assert not any(name in facts for name in encrypted)

    target = {"target_time": moment}
    assert site.plan(fails=True, **target, age_identity=key.identity).code == "identity-wrong"
    assert site.plan(fails=True, **target, age_identity=other.identity).code == "identity-wrong"
    both = {"age_identity": key.identity + other.identity}
    site.restore(**target, **both)
    assert site.rows() == [1, 2] and kept_identities(cluster, key) == []
    site.roll_back()
    assert site.rows() == [1, 2, 3]
    site.stage(**target, **both)
    assert len(kept_identities(cluster, key)) == 1
    site.roll_back(confirm="db1@rollback")
    assert site.rows() == [1, 2, 3] and kept_identities(cluster, key) == []

    damaged = stored_wal(site)[-1]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    archive = next((repository / "db1" / "backups").rglob("base.tar*"))
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    found = workbench.run_module("backup_verify", verify_options(site), expect_failure=True)
    assert {each["code"] for each in found["findings"]} == {"segment-damaged", "archive-damaged"}
    assert site.plan(fails=True, **target, **both).code in ("backup-damaged", "chain-damaged", "encrypted-damaged")


def verify_options(site: Site) -> dict[str, Any]:
    """What the module backup_verify takes."""
    return {key: site.options[key] for key in ("name", "repository_path", "bin_directory")}


@pytest.mark.versions(18)
def test_what_cannot_encrypt_is_refused_before_anything_is_set_up(
    workbench: Workbench, cluster: Cluster, repository: Path, key: AgeKey
) -> None:
    options = repository_options(workbench, cluster, repository=repository)
    for pasted, code in ((key.secret, "recipient-is-secret"), (key.recipient[:-1], "recipient-invalid")):
        done = workbench.run_module("agent", {**options, "repository_age_recipients": [pasted]}, expect_failure=True)
        assert done.code == code
        assert pasted not in json.dumps(done.result) + done.stderr
    assert not (workbench.directory / "config").exists()
