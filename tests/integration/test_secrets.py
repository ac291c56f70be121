# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords stay where they are: in the data directory, and in the environment of who was given one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.encryption import AgeKey, encrypted_site, kept_identities
from support.restoring import Site
from support.rollback import kill, start_module
from support.watched_processes import watched_processes

pytestmark = pytest.mark.versions(18)

# Each ends in where it was put.
CANARY = "canary-"


@pytest.fixture
def environment() -> dict[str, str]:
    return {"PGPASSWORD": f"{CANARY}login"}


@pytest.fixture
def key() -> AgeKey:
    """What decrypts the archive."""
    return AgeKey.make()


@pytest.fixture
def site(workbench, cluster, repository, key: AgeKey) -> Site:
    site = encrypted_site(workbench, cluster, repository, recipients=[key.recipient])
    site.options["login_user"] = "keeper"
    cluster.sql(f"CREATE ROLE keeper SUPERUSER LOGIN PASSWORD '{CANARY}login'")
    cluster.sql(f"ALTER SYSTEM SET primary_conninfo = 'host=/none user=copy password={CANARY}conninfo'")
    cluster.sql(f"ALTER SYSTEM SET ssl_passphrase_command = 'echo {CANARY}passphrase'")
    cluster.sql(f"ALTER SYSTEM SET archive_cleanup_command = 'true --token={CANARY}cleanup'")
    hba = cluster.data / "pg_hba.conf"
    hba.write_text(f"local all keeper scram-sha-256\n{hba.read_text(encoding='utf-8')}", encoding="utf-8")
    cluster.reload()
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    return site


def job_of(site: Site) -> Path:
    """The record of a job."""
    return Path(f"{site.cluster.data}.pitr-job.json")


def telling_files(site: Site) -> list[str]:
    """Files outside data directories and backups, and the server's own log, that say a secret."""
    data, log = str(site.cluster.data), str(site.cluster.log)
    found = []
    for path in site.workbench.directory.rglob("*"):
        is_theirs = str(path).startswith(data) and path not in (site.journal, job_of(site))
        if path.is_symlink() or not path.is_file() or is_theirs or str(path) == log or ".tar" in path.name:
            continue
        if path.name == "origin.json" and path.stat().st_mode & 0o077 == 0:
            # A part of the backup: the configuration, as the archives have it where it lies in the data directory.
            continue
        if CANARY.encode() in path.read_bytes():
            found.append(str(path))
    return found


def test_no_secret_is_shown_written_or_passed(site: Site, environment: dict[str, str], key: AgeKey) -> None:
    results: list[Any] = []

    def run(name: str, options: dict[str, Any], **more: Any) -> Any:
        done = site.workbench.run_module(name, options, environment=environment, **more)
        # What the user gave is the user's own to show.
        shown = {key: value for key, value in done.result.items() if key != "invocation"}
        results.append((name, shown, done.stderr))
        assert key.secret not in json.dumps(done.result, default=str), "nor is it the user's to show what decrypts"
        return done

    short = site.recovery_options
    journal = site.journal
    with watched_processes(CANARY, key.secret) as processes:
        run("wal_archive", {**site.options, "archive_timeout_seconds": 77})
        run("cluster_info", {"data_directory": str(site.cluster.data), "login_user": "keeper"})
        run("base_backup", site.options)
        site.insert(1)
        moment = site.moment()
        site.insert(2)
        site.archive_all()
        target = {"target_time": moment, "confirm": f"db1@{moment}", "age_identity": key.identity}
        run("wal_archive_info", short)
        run("restore", {**site.options, **target}, check=True)
        run("restore", {**site.options, **target})
        kept = journal.read_text(encoding="utf-8")
        assert oct(journal.stat().st_mode & 0o777) == "0o600"
        assert not telling_files_but_cleanup(site)
        assert len(kept_identities(site.cluster, key)) == 1 and not files_with(key, site)
        broken = {"sql": f"SELECT 1 FROM none('host=db password={CANARY}statement')", "expect": "1"}
        failed = run("recovery", {**short, "checks": [broken]}, expect_failure=True)
        assert failed.code == "sql-failed" and kept_identities(site.cluster, key) == []
        run("restore", {**site.options, **target})
        done = run("recovery", {**short, "checks": [{"sql": "SELECT count(*) FROM t", "expect": "1"}]})

    assert done["state"] == "promoted"
    assert kept_identities(site.cluster, key) == [] and not files_with(key, site)
    assert "primary_conninfo" not in kept
    assert CANARY not in json.dumps(results, default=str)
    # Something of the recovery's own started the server, which has nobody's password in its environment.
    assert not processes
    assert CANARY not in Path(f"/proc/{site.cluster.postmaster_pid()}/environ").read_text(encoding="utf-8")
    auto = (site.cluster.data / "postgresql.auto.conf").read_text(encoding="utf-8")
    assert f"{CANARY}conninfo" in auto and f"{CANARY}cleanup" in auto, "what was there is there again"


def test_record_of_a_job_that_nobody_followed_tells_no_secret(
    site: Site, environment: dict[str, str], key: AgeKey
) -> None:
    """It is kept until somebody is told, with what was asked for and how it failed."""
    site.workbench.run_module("base_backup", site.options, environment=environment)
    site.insert(1)
    site.archive_all()
    target = {"target_lsn": site.cluster.value("SELECT pg_current_wal_insert_lsn()::text")}
    site.insert(2)
    site.archive_all()
    broken = {"sql": f"SELECT 1 FROM none('host=db password={CANARY}statement')", "expect": "1"}
    wanted = {
        "confirm": site.confirmation(target),
        "age_identity": key.identity,
        "settings": {"ssl_passphrase_command": f"echo {CANARY}setting"},
        "recovery": {"checks": [broken]},
    }
    process = start_module(site, "restore", {**site.options, **target, **wanted}, environment=environment)
    said: set[str] = set()

    def is_over() -> bool:
        said.add(text_of(job_of(site)))
        if Path(f"{site.cluster.data}.pitr-old").exists():
            # From here on it goes on alone, and this asks again: what is gone is not killed twice.
            kill(process)
        return '"failed"' in text_of(job_of(site))

    site.cluster.wait_until(is_over, what="it has failed, and nobody looks", pause_seconds=0.01)
    said.add(text_of(job_of(site)))
    # What the user gave it is the test's own file.
    (site.workbench.directory / "restore.py").unlink()
    assert any('"running"' in text for text in said) and any("sql-failed" in text for text in said)
    assert not [text for text in said if CANARY in text or key.secret in text]
    assert oct(job_of(site).stat().st_mode & 0o777) == "0o600"
    assert not telling_files_but_cleanup(site) and not files_with(key, site)


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def files_with(key: AgeKey, site: Site) -> list[str]:
    """Every file on disk that says what decrypts: data directories, logs and backups, too."""
    files = (path for path in site.workbench.directory.rglob("*") if path.is_file() and not path.is_symlink())
    return [str(path) for path in files if key.secret.encode() in path.read_bytes()]


def telling_files_but_cleanup(site: Site) -> list[str]:
    """The journal may keep what the recovery replaces and brings back, and nothing else."""
    return [
        path
        for path in telling_files(site)
        if Path(path) != site.journal or f"{CANARY}conninfo" in site.journal.read_text(encoding="utf-8")
    ]
