# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository in object storage: a real server on loopback, archived to, backed up to and restored from."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from typing import Any

import pytest
from support.cluster import Cluster
from support.seaweed import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Seaweed
from support.site import ALLOW_RESTART, Site, lose_the_table
from support.watched_processes import watched_processes
from support.workbench import Workbench

pytestmark = pytest.mark.timeout(600)

BUCKET = "backups"
PREFIX = "it's/a repository"


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """A running server with an empty bucket."""
    made = Seaweed(tmp_path_factory.mktemp("seaweed"))
    made.start()
    made.client().create_bucket(Bucket=BUCKET)
    yield made
    made.discard()


def options_of(seaweed: Seaweed, **more: object) -> dict[str, object]:
    """The options of the modules that name the bucket."""
    return {
        "repository_s3_bucket": BUCKET,
        "repository_s3_prefix": PREFIX,
        "repository_s3_endpoint": seaweed.endpoint,
        "repository_s3_path_style": True,
        "repository_s3_access_key_id": ACCESS_KEY_ID,
        "repository_s3_secret_access_key": SECRET_ACCESS_KEY,
        **more,
    }


class BucketSite(Site):
    """An inventory of one cluster whose repository is in a bucket."""

    def __init__(self, workbench: Workbench, cluster: Cluster, seaweed: Seaweed) -> None:
        self.seaweed = seaweed
        super().__init__(workbench, {"db1": cluster})

    def variables(self, cluster: Cluster) -> dict[str, Any]:
        """What the inventory says of the cluster."""
        there = {f"pitr_{name}": value for name, value in options_of(self.seaweed).items()}
        return {**super().variables(cluster), "pitr_repository_path": "", **there}

    def stored(self) -> list[str]:
        """What is stored of the cluster."""
        pages = self.seaweed.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{PREFIX}/db1/")
        return [each["Key"][len(f"{PREFIX}/db1/") :] for page in pages for each in page.get("Contents", ())]


@pytest.mark.versions(18)
def test_cluster_is_archived_backed_up_and_restored_from_a_bucket(
    workbench: Workbench, cluster: Cluster, seaweed: Seaweed
) -> None:
    site = BucketSite(workbench, cluster, seaweed)
    runs = [site.play("archive", extra_vars=ALLOW_RESTART), site.play("archive")]
    assert (runs[0].changed_count > 0, runs[1].changed_count) == (True, 0)
    keys_file = site.config / "db1.s3"
    assert stat.S_IMODE(keys_file.stat().st_mode) == 0o600 and SECRET_ACCESS_KEY in keys_file.read_text()
    assert SECRET_ACCESS_KEY not in (site.config / "db1.conf").read_text()

    runs.append(site.play("backup"))
    taken = runs[-1].results_of("base_backup")[0]["backup"]
    stored = [key for key in site.stored() if key.startswith(f"backups/{taken['label']}/")]
    assert {key.rpartition("/")[2] for key in stored} >= {"backup.json", "backup_manifest"}
    target = lose_the_table(cluster)
    site.play("restore_point", extra_vars={"pitr_restore_point_name": "after it"})
    runs.append(site.play("backup"))
    assert runs[-1].results_of("base_backup")[0]["backup"]["type"] == "incremental"
    runs += [site.play("verify"), site.play("expire"), site.play("report")]

    wanted = {"pitr_restore_target_time": target}
    with watched_processes(SECRET_ACCESS_KEY) as processes:
        runs.append(site.play("restore", extra_vars=wanted, limit="db1", check=True))
        assert runs[-1].changed_count > 0 and cluster.value("SELECT count(*) FROM later") == 1
        runs.append(site.play("restore", extra_vars={**wanted, "pitr_restore_confirm": f"db1@{target}"}, limit="db1"))
    assert cluster.value("SELECT count(*) FROM kept") == 500
    assert cluster.value("SELECT to_regclass('later') IS NULL AND NOT pg_is_in_recovery()")
    shown = "".join(f"{run.stdout}{run.stderr}{run.tasks}" for run in runs)
    assert SECRET_ACCESS_KEY not in shown + cluster.log.read_text() and not processes
    # The inventory is the user's own.
    files = (path for path in workbench.directory.rglob("*") if path.is_file() and not path.is_symlink())
    telling = [path for path in files if SECRET_ACCESS_KEY.encode() in path.read_bytes()]
    assert [path for path in telling if not path.name.startswith("inventory-")] == [keys_file]


@pytest.mark.versions(18)
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"repository_s3_secret_access_key": "another"}, "repository-credentials-refused"),
        ({"repository_s3_access_key_id": "AKnobody"}, "repository-credentials-refused"),
        ({"repository_s3_bucket": "no-such-bucket"}, "repository-missing"),
        ({"repository_s3_prefix": "elsewhere"}, "repository-missing"),
        ({"repository_s3_endpoint": "http://127.0.0.1:9"}, "repository-unreachable"),
        ({"repository_s3_endpoint": "not a url"}, "repository-endpoint-invalid"),
        ({"repository_s3_secret_access_key": ""}, "option-missing"),
        ({"repository_path": "/srv/pitr"}, "repository-ambiguous"),
        ({"repository_host": "backup1"}, "repository-ambiguous"),
    ],
)
def test_what_is_wrong_is_told_apart(
    workbench: Workbench, seaweed: Seaweed, wrong: dict[str, object], code: str
) -> None:
    arguments = {"name": "db1", "os_user": workbench.os_user.name, **options_of(seaweed, **wrong)}
    run = workbench.run_module("backup_info", arguments, expect_failure=True)
    assert run.code == code and run.result["hint"], run.describe()
    assert SECRET_ACCESS_KEY not in str(run.result)


@pytest.mark.versions(18)
def test_bucket_has_no_directory_to_be_made(workbench: Workbench, seaweed: Seaweed) -> None:
    paths = {"agent_path": str(workbench.directory / "pgpitr"), "config_directory": str(workbench.directory / "etc")}
    arguments = {"name": "db1", "part": "repository", "os_user": workbench.os_user.name, **paths}
    run = workbench.run_module("agent", {**arguments, **options_of(seaweed)}, expect_failure=True)
    assert run.code == "option-missing", run.describe()
