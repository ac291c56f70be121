# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damage of every kind is found and named, with what it costs; a whole repository passes and is not changed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from support.archiving import archive, tree_digest

MIB = 1024 * 1024
COMPRESS = {".zst": ["zstd", "-qc"], ".lz4": ["lz4", "-qc", "-"], ".gz": ["gzip", "-c"]}
DECOMPRESS = {".zst": ["zstd", "-qdc"], ".lz4": ["lz4", "-qdc", "-"], ".gz": ["gzip", "-dc"]}


def fill_segment(cluster, repository):
    """Write rows until a segment is full and archived; its name."""
    cluster.sql("INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 3000) AS n")
    name = cluster.switch_segment()
    cluster.wait_until(lambda: list(repository.glob(f"db1/wal/*/*/{name}*")), what=f"{name} is archived")
    return name


class Place:
    """A repository with two full backups and WAL between and after them."""

    def __init__(self, workbench, make_cluster, repository):
        self.workbench = workbench
        self.repository = repository
        self.cluster = make_cluster(segment_size_mb=1)
        self.options = archive(workbench, self.cluster, repository=repository)
        self.cluster.sql("CREATE TABLE t (n int, text text)")
        self.old = self.back_up()
        self.between = [fill_segment(self.cluster, repository) for _number in range(4)]
        self.new = self.back_up()
        self.end = [fill_segment(self.cluster, repository) for _number in range(2)]

    def back_up(self):
        return self.workbench.run_module("base_backup", {**self.options, "type": "full"})["backup"]

    def verify(self, **more):
        keys = ("name", "repository_path", "bin_directory")
        check = more.pop("check", False)
        failing, as_root = more.pop("expect_failure", False), more.pop("as_root", False)
        options = {**{key: self.options[key] for key in keys}, **more}
        return self.workbench.run_module("backup_verify", options, check=check, expect_failure=failing, as_root=as_root)

    def file(self, label, pattern):
        (found,) = (self.repository / "db1" / "backups" / label).glob(pattern)
        return found

    def segment(self, name):
        (found,) = (path for path in self.repository.glob(f"db1/wal/*/*/{name}.*") if path.stem == name)
        return found

    def first_segment(self, backup):
        high, low = (int(part, 16) for part in backup["start_lsn"].split("/"))
        number = ((high << 32) + low) // MIB
        return f"00000001{number // 4096:08X}{number % 4096:08X}"


@pytest.fixture
def place(workbench, make_cluster, repository):
    return Place(workbench, make_cluster, repository)


def flip(path, *, share=0.5):
    """Change one byte of a file."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * share)] ^= 0x55
    path.write_bytes(content)


def rewrite(path, change):
    """Change a stored segment's content and store it as before, whole for its compression."""
    method = path.suffix
    plain = bytearray(subprocess.run(DECOMPRESS[method], input=path.read_bytes(), stdout=-1, check=True).stdout)
    change(plain)
    path.write_bytes(subprocess.run(COMPRESS[method], input=bytes(plain), stdout=-1, check=True).stdout)


def foreign(content):
    content[24:32] = (4711).to_bytes(8, "little")


def tear(content):
    """Spoil a record behind the first pages, whose content all checksums of the storage would vouch for."""
    content[200_000:200_016] = b"\xff" * 16


def other_files(path):
    record = json.loads(path.read_text())
    record["files"] = ["base.tar.other", *record["files"][1:]]
    path.write_text(json.dumps(record))


def damages(place):
    """Each damage: the file, what happens to it, the findings (codes with subjects), labels that are unusable."""
    old, new = place.old["label"], place.new["label"]
    archive_file, manifest = place.file(old, "base.tar*"), place.file(new, "backup_manifest")
    middle, needed = place.between[1], place.first_segment(place.new)
    return {
        "a byte of an archive": (
            archive_file,
            flip,
            {("archive-damaged|backup-damaged", f"{old}/{archive_file.name}")},
            [old],
        ),
        "a byte of a manifest": (manifest, flip, {("manifest-damaged", f"{new}/backup_manifest")}, [new]),
        "a byte of a segment": (place.segment(middle), flip, {("segment-damaged", middle)}, []),
        "a segment cut off": (
            place.segment(middle),
            lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
            {("segment-damaged", middle)},
            [],
        ),
        "a missing segment": (place.segment(middle), Path.unlink, {("segment-missing", middle)}, []),
        "a missing segment that a backup needs": (
            place.segment(needed),
            Path.unlink,
            {("segment-missing", needed)},
            [new],
        ),
        "another cluster's segment": (
            place.segment(middle),
            lambda path: rewrite(path, foreign),
            {("segment-foreign", middle)},
            [],
        ),
        "a segment that was damaged before it was stored": (
            place.segment(middle),
            lambda path: rewrite(path, tear),
            {("segment-unreadable", middle)},
            [],
        ),
        "a record with other files": (
            place.file(old, "backup.json"),
            other_files,
            {
                ("backup-record-differs", f"{old}/backup.json"),
                ("backup-record-differs", f"{old}/{archive_file.name}"),
                ("archive-missing", f"{old}/base.tar.other"),
            },
            [old],
        ),
        "a missing archive": (archive_file, Path.unlink, {("archive-missing", f"{old}/{archive_file.name}")}, [old]),
    }


@pytest.mark.versions(15, 18)
def test_whole_repository_passes_and_damage_is_named(place):
    before = tree_digest(place.repository / "db1" / "backups", place.repository / "db1" / "wal")
    expected = place.verify(check=True)
    whole = place.verify()

    assert not whole.changed and whole["ok"] and whole["findings"] == []
    assert whole["verified"]["backups"] == 2
    assert whole["verified"]["archives"] == 4
    assert whole["verified"]["segments"] >= 7
    assert whole["unparsed_segments"] == 0
    counts = ("archives", "segments")
    assert [expected["verified"][key] for key in counts] == [whole["verified"][key] for key in counts]
    assert expected["read_bytes"] == whole["read_bytes"]
    assert tree_digest(place.repository / "db1" / "backups", place.repository / "db1" / "wal") == before

    for case, (path, change, findings, unusable) in damages(place).items():
        kept = path.read_bytes()
        change(path)
        failed = place.verify(expect_failure=True)
        path.write_bytes(kept)
        shutil.chown(path, place.cluster.os_user.uid, place.cluster.os_user.gid)
        path.chmod(0o600)

        assert failed.code == "verification-failed", case
        # A byte of compressed content may spoil several files of the archive.
        found = {(each["code"], each["segment"] or f"{each['backup']}/{each['file']}") for each in failed["findings"]}
        assert len(found) == len(findings), (case, found)
        for codes, name in findings:
            assert any((code, name) in found for code in codes.split("|")), (case, found)
        assert {label for each in failed["findings"] for label in each["cost"]["unusable_backups"]} == set(unusable), (
            case
        )
        assert failed["findings"][0]["message"] in failed["msg"], case
        if "segment" in case and not unusable:
            window = failed["findings"][0]["cost"]["window"]
            assert (window["backup"], window["resumes_with"]) == (place.old["label"], place.new["label"]), case

    assert place.verify()["ok"]


def check_known_damage(place):
    """What verification found is known afterwards to the catalogue and to plans, until the file is replaced."""
    path, options = place.segment(place.between[1]), {key: place.options[key] for key in ("name", "repository_path")}
    kept = path.read_bytes()
    path.write_bytes(kept[: len(kept) // 2])
    place.verify(expect_failure=True)

    (told,) = place.workbench.run_module("backup_info", options)["clusters"]
    ((gap, ended, resumed),) = [(each, *told["windows"]) for each in told["gaps"]]
    assert (gap["first_segment"], gap["reason"]) == (place.between[1], "damaged")
    assert (ended["backup"], resumed["backup"]) == (place.old["label"], place.new["label"])
    (place.cluster.data / "pg_wal" / place.between[1]).unlink(missing_ok=True)
    wanted = {**place.options, "state": "planned", "target_time": place.new["start_time"]}
    refused = place.workbench.run_module("restore", wanted, expect_failure=True)
    assert (refused.code, place.between[1] in refused["msg"]) == ("segment-missing", True)

    path.write_bytes(kept)
    (told,) = place.workbench.run_module("backup_info", options)["clusters"]
    assert (told["gaps"], len(told["windows"])) == ([], 1)


def check_selections(place):
    """A second run has nothing to read, and less than everything can be chosen; as root as its owner."""
    first = place.verify(as_root=os.geteuid() == 0)
    note = place.repository / "db1" / "verify.json"
    assert note.stat().st_uid == place.cluster.os_user.uid
    assert note.stat().st_mode & 0o777 == 0o600

    again = place.verify(max_age_seconds=3600)

    assert (again["verified"]["archives"], again["verified"]["segments"], again["read_bytes"]) == (0, 0, 0)
    assert again["left"]["segments"] == first["verified"]["segments"]
    newest = place.verify(backup="newest", sample_percent=50, max_rate_kib=500000)
    assert 0 < newest["verified"]["segments"] < first["verified"]["segments"]
    assert place.verify(backup="19990101T000000Z-full", expect_failure=True).code == "backup-unknown"


def check_interruption(place, argv):
    """Ctrl-C, which a terminal sends to all its processes, ends the workers too, and the next run can go on."""
    os_user = place.cluster.os_user
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
    place.cluster.wait_until(lambda: len(children.read_text().split()) >= 2, what="the workers run")
    workers = children.read_text().split()
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    hint = "HINT: Run it again with --resume: it goes on where this one was.\n"
    assert (said, process.returncode) == (f"pgpitr: interrupted by SIGINT [interrupted]\n{hint}", 130)
    assert not [worker for worker in workers if Path("/proc", worker).exists()]


@pytest.mark.versions(15)
def test_selections_and_the_same_by_program_and_playbook(place, run_playbook):
    words = ["verify", "--cluster", "db1", "--config-directory", place.options["config_directory"]]
    program = [place.options["agent_path"], *words]

    def pgpitr(*arguments):
        return place.cluster.os_user.run([*program, *arguments], check=False)

    def playbook(**more):
        variables = {
            "ansible_become": False,
            "pitr_repository_path": str(place.repository),
            "pitr_cluster_bin_directory": place.options["bin_directory"],
        }
        return run_playbook("verify", inventory={"db1": variables}, **more)

    check_selections(place)
    check_interruption(place, program)
    rehearsed, done = pgpitr("--check"), pgpitr("--resume", "--jobs", "1")
    assert (rehearsed.returncode, done.returncode) == (0, 0), rehearsed.stderr + done.stderr
    assert "ok, would read 2 backups" in rehearsed.stdout
    assert "ok, read 2 backups" in done.stdout
    assert playbook().changed_count == 0
    check_known_damage(place)

    lost = place.between[1]
    place.segment(lost).unlink()
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
