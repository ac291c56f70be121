# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A base backup is recorded when it is whole and verified, and otherwise leaves nothing."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile

import pytest
from support.archiving import archive, tree_digest
from support.fake_programs import with_pg_basebackup

DECOMPRESS = {"zstd": ("zstd", "-dc"), "lz4": ("lz4", "-dc"), "gzip": ("gzip", "-dc"), "none": ("cat",)}


@pytest.fixture
def options(workbench, cluster, repository):
    return archive(workbench, cluster, repository=repository)


def backups_in(repository):
    """Everything in the place of the backups but the lock."""
    return sorted(path.name for path in (repository / "db1" / "backups").iterdir() if path.name != ".lock")


def names_in(archive_path, *, compression):
    """The names of the regular files in a stored archive, read by other programs than ours."""
    plain = subprocess.run([*DECOMPRESS[compression], str(archive_path)], stdout=subprocess.PIPE, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(plain)) as members:
        return {member.name for member in members if member.isreg()}


def test_a_backup_is_taken_verified_and_recorded(cluster, options, run_module, repository):
    run = run_module("base_backup", options)

    assert run.changed and run["taken"]
    assert (run["type"], run["parent"]) == ("full", None)
    assert ("PostgreSQL 17" if cluster.version < 17 else "no usable backup of timeline 1") in run["reason"]
    label = run["backup"]["label"]
    assert backups_in(repository) == [label]
    directory = repository / "db1" / "backups" / label
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}
    record = json.loads((directory / "backup.json").read_text())
    assert record["cluster"] == "db1"
    assert record["system_identifier"] == cluster.system_identifier()
    assert record["version"] == cluster.version
    assert record["settings"]["max_connections"] == 25
    assert record["compression"] == ("zstd" if cluster.version == 15 else "gzip")
    manifest = json.loads((directory / "backup_manifest").read_text())
    assert record["start_lsn"] == manifest["WAL-Ranges"][0]["Start-LSN"]
    assert record["stop_lsn"] == manifest["WAL-Ranges"][0]["End-LSN"]
    assert record["size_bytes"] == sum(each["Size"] for each in manifest["Files"]) == run["bytes"]
    assert sorted([*record["files"], "backup.json", "origin.json"]) == sorted(path.name for path in directory.iterdir())
    (name,) = [name for name in record["files"] if name.startswith("base.tar")]
    stored = names_in(directory / name, compression=record["compression"])
    assert stored == {each["Path"] for each in manifest["Files"]}


@pytest.mark.versions(16)
def test_recent_backup_is_not_taken_again(cluster, options, run_module, repository):
    before = tree_digest(repository)
    predicted = run_module("base_backup", options, check=True)
    assert predicted.changed and not predicted["taken"]
    assert tree_digest(repository) == before

    first = run_module("base_backup", options)
    kept = tree_digest(repository)
    again = run_module("base_backup", {**options, "max_age_seconds": 3600})
    checked = run_module("base_backup", {**options, "max_age_seconds": 3600}, check=True)

    assert not again.changed and not again["taken"] and not checked.changed
    assert again["backup"] == first["backup"] == checked["backup"]
    assert tree_digest(repository) == kept
    assert run_module("base_backup", options).changed
    assert len(backups_in(repository)) == 2


@pytest.mark.versions(18)
def test_an_odd_cluster(workbench, make_cluster, repository, run_module):
    """Small segments, a quote and a space in its path, another time zone, a tablespace, a linked pg_wal."""
    wal = workbench.make_directory("wal of 'the' cluster")
    cluster = make_cluster(
        directory_name="it's a data directory",
        segment_size_mb=1,
        superuser="chief",
        settings={"timezone": "America/New_York", "log_timezone": "Asia/Kolkata", "datestyle": "SQL, DMY"},
        initdb_arguments=["--waldir", str(wal / "pg_wal"), "--data-checksums"],
    )
    options = archive(workbench, cluster, repository=repository)
    space = workbench.make_directory("a tablespace")
    cluster.sql(f"CREATE TABLESPACE fast LOCATION '{space}'")
    cluster.sql("CREATE TABLE there (i int) TABLESPACE fast; INSERT INTO there SELECT generate_series(1, 1000)")
    cluster.sql("CREATE UNLOGGED TABLE gone AS SELECT generate_series(1, 1000)")
    oid = str(cluster.value("SELECT oid FROM pg_tablespace WHERE spcname = 'fast'"))

    run = run_module("base_backup", {**options, "compression": "gzip"})

    directory = repository / "db1" / "backups" / run["backup"]["label"]
    record = json.loads((directory / "backup.json").read_text())
    assert record["tablespaces"] == {oid: str(space)}
    assert record["wal_directory"] == str(wal / "pg_wal")
    assert record["segment_size_bytes"] == 1024 * 1024
    assert record["data_checksums"] is True
    assert f"{oid}.tar.gz" in record["files"]
    started = cluster.value(f"SELECT now() - '{record['start_time']}'::timestamptz < interval '5 minutes'")
    assert started is True
    assert any(name.startswith("PG_") for name in names_in(directory / f"{oid}.tar.gz", compression="gzip"))


@pytest.mark.versions(15)
def test_every_compression_is_verified(options, run_module, repository):
    for compression in DECOMPRESS:
        run = run_module("base_backup", {**options, "compression": compression})
        assert run["backup"]["compression"] == compression
        directory = repository / "db1" / "backups" / run["backup"]["label"]
        (archived,) = directory.glob("base.tar*")
        assert "backup_label" in names_in(archived, compression=compression)


@pytest.mark.versions(18)
def test_compression_that_the_build_lacks_is_refused_by_name(options, run_module, repository):
    failed = run_module("base_backup", {**options, "compression": "zstd"}, expect_failure=True)
    assert failed.code == "compression-unsupported"
    assert backups_in(repository) == []


# Takes the real backup elsewhere, changes it, and delivers that.
CHANGE_THEN_DELIVER = r"""
args=("$@")
for i in "${!args[@]}"; do
  case "${args[$i]}" in --pgdata=*) to="${args[$i]#--pgdata=}"; args[$i]="--pgdata=$to.real" ;; esac
done
"$real" "${args[@]}" || exit $?
CHANGE
mv "$to.real" "$to"
"""


DAMAGE = {
    "a byte": (
        'size=$(stat -c %s "$to.real/base.tar"); '
        'printf X | dd of="$to.real/base.tar" bs=1 seek=$((size / 2)) conv=notrunc',
        "backup-damaged",
    ),
    "cut off": ('truncate -s -1M "$to.real/base.tar"', "archive-damaged"),
    "manifest": ('sed -i "s/PG_VERSION/PG_VERSIOM/" "$to.real/backup_manifest"', "manifest-damaged"),
    "no manifest": ('rm "$to.real/backup_manifest"', "manifest-damaged"),
}


@pytest.mark.versions(18)
def test_a_damaged_backup_is_not_kept(workbench, cluster, options, run_module, repository):
    for case, (change, code) in DAMAGE.items():
        programs = with_pg_basebackup(workbench, cluster, script=CHANGE_THEN_DELIVER.replace("CHANGE", change))
        changed = {**options, "bin_directory": str(programs), "compression": "none"}
        failed = run_module("base_backup", changed, expect_failure=True)
        assert failed.code == code, case
        assert failed["hint"], case
        assert backups_in(repository) == [], case
        shutil.rmtree(programs)


@pytest.mark.needs_root
@pytest.mark.versions(15)
def test_root_acts_as_the_cluster_s_user(workbench, cluster, options, repository):
    run = workbench.run_module("base_backup", options, as_root=True)
    directory = repository / "db1" / "backups" / run["backup"]["label"]
    owners = {path.stat().st_uid for path in (directory, *directory.iterdir())}
    assert owners == {cluster.os_user.uid}


@pytest.mark.needs_root
@pytest.mark.versions(15)
def test_a_full_repository_is_refused_or_given_up(workbench, cluster, options, run_module, repository):
    backups = repository / "db1" / "backups"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs", str(backups)], check=True)
    try:
        shutil.chown(backups, cluster.os_user.uid, cluster.os_user.gid)
        failed = run_module("base_backup", {**options, "compression": "none"}, expect_failure=True)
        assert failed.code == "repository-full"
        assert backups_in(repository) == []
    finally:
        subprocess.run(["umount", str(backups)], check=True)
