# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying less than everything, going on after an interruption, and what is known of damage afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from support.archiving import archive
from support.verified_repository import VerifiedRepository, fill_segment, flip


@pytest.fixture
def verified(workbench, make_cluster, repository):
    return VerifiedRepository(workbench, make_cluster, repository)


def check_known_damage(verified):
    """What verification found is known afterwards to the catalogue and to plans, until the file is replaced."""
    path, options = (
        verified.segment(verified.between[1]),
        {key: verified.options[key] for key in ("name", "repository_path")},
    )
    kept = path.read_bytes()
    path.write_bytes(kept[: len(kept) // 2])
    verified.verify(expect_failure=True)

    (told,) = verified.workbench.run_module("backup_info", options)["clusters"]
    ((gap, ended, resumed),) = [(each, *told["windows"]) for each in told["gaps"]]
    assert (gap["first_segment"], gap["reason"]) == (verified.between[1], "damaged")
    assert (ended["backup"], resumed["backup"]) == (verified.old["label"], verified.new["label"])
    (verified.cluster.data / "pg_wal" / verified.between[1]).unlink(missing_ok=True)
    wanted = {**verified.options, "state": "planned", "target_time": verified.new["start_time"]}
    refused = verified.workbench.run_module("restore", wanted, expect_failure=True)
    assert (refused.code, verified.between[1] in refused["msg"]) == ("segment-missing", True)

    path.write_bytes(kept)
    (told,) = verified.workbench.run_module("backup_info", options)["clusters"]
    assert (told["gaps"], len(told["windows"])) == ([], 1)


def check_selections(verified):
    """A second run has nothing to read, and less than everything can be chosen; as root as its owner."""
    first = verified.verify(as_root=os.geteuid() == 0)
    note = verified.repository / "db1" / "verify.json"
    assert note.stat().st_uid == verified.cluster.os_user.uid
    assert note.stat().st_mode & 0o777 == 0o600

    again = verified.verify(max_age_seconds=3600)

    assert (again["verified"]["archives"], again["verified"]["segments"], again["read_bytes"]) == (0, 0, 0)
    assert again["left"]["segments"] == first["verified"]["segments"]
    newest = verified.verify(backup="newest", sample_percent=50, max_rate_kib=500000)
    assert 0 < newest["verified"]["segments"] < first["verified"]["segments"]
    assert verified.verify(backup="19990101T000000Z-full", expect_failure=True).code == "backup-unknown"


def check_interruption(verified, argv):
    """Ctrl-C, which a terminal sends to all its processes, ends the workers too, and the next run can go on."""
    os_user = verified.cluster.os_user
    process = subprocess.Popen(
        [*argv, "--max-rate-kib", "100", "--jobs", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env=os_user.environment(),
        start_new_session=True,
        **os_user.popen_options(),
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    verified.cluster.wait_until(lambda: len(children.read_text().split()) >= 2, what="the workers run")
    workers = children.read_text().split()
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    hint = "HINT: Run it again with --resume: it goes on where this one was.\n"
    assert (said, process.returncode) == (f"pgpitr: interrupted by SIGINT [interrupted]\n{hint}", 130)
    assert not [worker for worker in workers if Path("/proc", worker).exists()]


@pytest.mark.versions(15)
def test_selections_and_the_same_by_program_and_playbook(verified, run_playbook):
    words = ["verify", "--cluster", "db1", "--config-directory", verified.options["config_directory"]]
    program = [verified.options["agent_path"], *words]

    def pgpitr(*arguments):
        return verified.cluster.os_user.run([*program, *arguments], check=False)

    def playbook(**more):
        variables = {
            "ansible_become": False,
            "pitr_repository_path": str(verified.repository),
            "pitr_cluster_bin_directory": verified.options["bin_directory"],
        }
        return run_playbook("verify", inventory={"db1": variables}, **more)

    check_selections(verified)
    check_interruption(verified, program)
    rehearsed, done = pgpitr("--dry-run"), pgpitr("--resume", "--jobs", "1")
    assert (rehearsed.returncode, done.returncode) == (0, 0), rehearsed.stderr + done.stderr
    assert "ok, would read 2 backups" in rehearsed.stdout
    assert "ok, read 2 backups" in done.stdout
    assert playbook().changed_count == 0
    check_known_damage(verified)

    lost = verified.between[1]
    verified.segment(lost).unlink()
    failed = pgpitr("--json")
    assert failed.returncode == 1
    report = json.loads(failed.stdout)
    assert report["missing"] == [lost]
    assert "segment-missing" in pgpitr("--check").stdout
    (failure,) = playbook(expect_failure=True, check=True).failures()
    assert failure.result["code"] == "verification-failed"
    assert failure.result["missing"] == [lost]
    assert pgpitr("--sample-percent", "x").returncode == 1


@pytest.mark.versions(18)
def test_every_link_of_a_chain_is_read(workbench, make_cluster, repository):
    cluster = make_cluster(segment_size_mb=1, settings={"summarize_wal": "on"})
    options = archive(workbench, cluster, repository=repository)
    cluster.sql("CREATE TABLE t (n int, text text)")
    taken = []
    for backup_type in ("full", "incremental", "incremental"):
        taken.append(workbench.run_module("base_backup", {**options, "type": backup_type})["backup"]["label"])
        fill_segment(cluster, repository)
    wanted = {key: options[key] for key in ("name", "repository_path", "bin_directory")}
    whole = workbench.run_module("backup_verify", {**wanted, "backup": "newest"})
    assert whole["verified"]["backups"] == 3
    assert whole["verified"]["archives"] == 6

    record = repository / "db1" / "backups" / taken[1] / "backup.json"
    kept = record.read_text()
    record.unlink()
    failed = workbench.run_module("backup_verify", wanted, expect_failure=True)
    assert [(each["code"], each["backup"]) for each in failed["findings"]] == [("chain-broken", taken[2])]

    record.write_text(kept)
    shutil.chown(record, cluster.os_user.uid, cluster.os_user.gid)
    (middle,) = record.parent.glob("base.tar*")
    flip(middle)
    failed = workbench.run_module("backup_verify", {**wanted, "backup": taken[2]}, expect_failure=True)
    assert {each["backup"] for each in failed["findings"]} == {taken[1]}
    assert failed["findings"][0]["cost"]["unusable_backups"] == taken[1:]
