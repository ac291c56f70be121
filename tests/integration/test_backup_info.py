# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue tells what can be recovered, with the server up or down, to modules and to people."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from support.archiving import archive, tree_digest


@pytest.fixture
def options(workbench, cluster, repository):
    return archive(workbench, cluster, repository=repository)


def info_options(options):
    return {key: options[key] for key in ("name", "repository_path", "bin_directory")}


def insert_and_archive(cluster, repository):
    """Commit a row and wait until its segment is in the repository; the segment."""
    cluster.sql("CREATE TABLE IF NOT EXISTS t (i int)")
    cluster.sql("INSERT INTO t VALUES (1)")
    name = cluster.switch_segment()
    cluster.wait_until(lambda: list(repository.glob(f"db1/wal/*/*/{name}*")), what=f"{name} is archived")
    return name


def pgpitr(cluster, options, *arguments, check=True):
    """Run the installed program as the cluster's user."""
    return cluster.os_user.run(
        [options["agent_path"], *arguments, "--config-directory", options["config_directory"]], check=check
    )


@pytest.mark.versions(15, 18)
def test_catalogue_has_backups_windows_and_gaps(cluster, options, run_module, repository):
    nothing = run_module("backup_info", info_options(options))
    assert nothing["clusters"][0]["backups"] == nothing["clusters"][0]["windows"] == []
    assert "nothing can be recovered" in nothing["text"]

    backup = run_module("base_backup", options)["backup"]
    insert_and_archive(cluster, repository)
    began = datetime.now(timezone.utc)
    last = insert_and_archive(cluster, repository)
    ended = datetime.now(timezone.utc)
    cluster.stop(mode="immediate")
    before = tree_digest(repository)
    told = run_module("backup_info", info_options(options))

    assert not told.changed
    assert tree_digest(repository) == before
    (one,) = told["clusters"]
    assert one["name"] == "db1"
    assert one["system_identifier"] == cluster.system_identifier()
    chain = {"full": backup["label"], "links": 1, "stored_bytes": backup["stored_bytes"]}
    assert one["backups"] == [{**backup, "chain": chain, "pins": []}]
    (window,) = one["windows"]
    assert window["from"] == backup["stop_time"]
    assert window["timeline"] == 1
    reached = datetime.fromisoformat(window["to"].replace("Z", "+00:00"))
    assert began <= reached <= ended
    assert one["gaps"] == []

    (lost,) = [path for path in repository.glob("db1/wal/*/*/*") if path.name.startswith(backup_segment(backup, 1))]
    lost.unlink()
    (one,) = run_module("backup_info", info_options(options))["clusters"]
    (gap,) = one["gaps"]
    assert gap["first_segment"] == gap["last_segment"] == backup_segment(backup, 1)
    (window,) = one["windows"]
    assert gap["lost"]["from"] == window["to"] and gap["lost"]["to"] is None
    assert window["to"] == window["from"]
    assert last not in window["to_lsn"]


def backup_segment(backup, distance):
    """The name of the segment so many after the one in which the backup ended (16 MiB segments, timeline 1)."""
    high, low = (int(part, 16) for part in backup["stop_lsn"].split("/"))
    position = (high << 32) + low - 1
    number = position // (16 * 1024 * 1024) + distance
    return f"00000001{number // 256:08X}{number % 256:08X}"


@pytest.mark.versions(15)
def test_program_tells_the_same_as_the_module(cluster, options, run_module, repository):
    run_module("base_backup", options)
    insert_and_archive(cluster, repository)
    told = run_module("backup_info", {"repository_path": options["repository_path"]})

    (from_program,) = json.loads(pgpitr(cluster, options, "info", "--json").stdout)
    archiver = from_program["archiver"]
    assert archiver["failing_on"] is None
    assert archiver["last_archived"] is not None
    differing = {"archiver": None, "summary": None}
    assert {**from_program, **differing} == {**told["clusters"][0], **differing}
    assert from_program["summary"]["newest_backup"] == told["clusters"][0]["summary"]["newest_backup"]
    text = pgpitr(cluster, options, "info", "--cluster", "db1").stdout
    assert text.startswith("db1")
    assert "window" in text

    cluster.stop()
    (down,) = json.loads(pgpitr(cluster, options, "info", "--json").stdout)
    assert down["backups"] == from_program["backups"]
    assert down["archiver"]["last_archived"] is None
    assert "the server does not run" in down["attention"]
    text = pgpitr(cluster, options, "info").stdout
    assert "last archived not known" in text and "ATTENTION the server does not run\n" in text


@pytest.mark.versions(18)
def test_program_takes_a_backup(cluster, options, run_module):
    planned = pgpitr(cluster, options, "backup", "--cluster", "db1", "--dry-run")
    assert planned.stdout.startswith("would take a full backup: ")
    assert pgpitr(cluster, options, "info", "--json").stdout.count('"label"') == 0
    done = pgpitr(cluster, options, "backup", "--cluster", "db1")
    assert "every file verified" in done.stdout
    again = pgpitr(cluster, options, "backup", "--cluster", "db1", "--max-age-seconds", "3600")
    assert "nothing to do" in again.stdout
    (one,) = run_module("backup_info", info_options(options))["clusters"]
    assert len(one["backups"]) == 1

    incremental = pgpitr(cluster, options, "backup", "--cluster", "db1", "--type", "incremental")
    assert "take an incremental backup: it builds on" in incremental.stdout
    limited = pgpitr(cluster, options, "backup", "--cluster", "db1", "--max-incrementals", "1")
    assert "take a full backup: " in limited.stdout and "has 1 incremental backup" in limited.stdout
    unknown = pgpitr(cluster, options, "backup", "--cluster", "db1", "--full-every-days", "often", check=False)
    assert unknown.returncode == 1
    assert "[usage]" in unknown.stderr


@pytest.mark.versions(15)
def test_a_damaged_record_is_named_and_does_not_hide_the_others(options, run_module, repository):
    good = run_module("base_backup", options)["backup"]["label"]
    bad = run_module("base_backup", options)["backup"]["label"]
    (repository / "db1" / "backups" / bad / "backup.json").write_text("{", encoding="utf-8")

    (one,) = run_module("backup_info", info_options(options))["clusters"]

    assert [each["label"] for each in one["backups"]] == [good]
    assert [each["label"] for each in one["damaged_backups"]] == [bad]


BAD_INPUT = {
    "no repository": ({"repository_path": "/nowhere"}, "repository-missing"),
    "not mounted": ({"repository_mount_point": "/etc"}, "repository-not-mounted"),
    "unknown cluster": ({"name": "db2"}, "cluster-unknown"),
    "a name that is none": ({"name": "../x"}, "invalid-cluster-name"),
    "another host": ({"repository_host": "no.such.host.invalid"}, "repository-unreachable"),
}


@pytest.mark.versions(15)
def test_bad_input(options, run_module):
    for case, (changes, code) in BAD_INPUT.items():
        failed = run_module("backup_info", {**info_options(options), **changes}, expect_failure=True)
        assert failed.code == code, case
        assert failed["msg"] and failed["hint"], case
