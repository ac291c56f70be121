# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damage of every kind is found and named, with what it costs; a whole repository passes and is not changed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from support.archiving import tree_digest
from support.verified_repository import VerifiedRepository, flip

COMPRESS = {".zst": ["zstd", "-qc"], ".lz4": ["lz4", "-qc", "-"], ".gz": ["gzip", "-c"]}


DECOMPRESS = {".zst": ["zstd", "-qdc"], ".lz4": ["lz4", "-qdc", "-"], ".gz": ["gzip", "-dc"]}


@pytest.fixture
def verified(workbench, make_cluster, repository):
    return VerifiedRepository(workbench, make_cluster, repository)


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
    record["files"] = [record["files"][0].replace("base", "99"), *record["files"][1:]]
    path.write_text(json.dumps(record))


def file_elsewhere(path):
    record = json.loads(path.read_text())
    record["files"] = ["../" + record["files"][0], *record["files"][1:]]
    path.write_text(json.dumps(record))


def damages(verified):
    """Each damage: the file, what happens to it, the findings (codes with subjects), labels that are unusable."""
    old, new = verified.old["label"], verified.new["label"]
    archive_file, manifest = verified.file(old, "base.tar*"), verified.file(new, "backup_manifest")
    origin = verified.file(old, "origin.json")
    middle, needed = verified.between[1], verified.first_segment(verified.new)
    return {
        "a byte of an archive": (
            archive_file,
            flip,
            {("archive-damaged|backup-damaged", f"{old}/{archive_file.name}")},
            [old],
        ),
        "a byte of a manifest": (manifest, flip, {("manifest-damaged", f"{new}/backup_manifest")}, [new]),
        "a byte of a segment": (verified.segment(middle), flip, {("segment-damaged", middle)}, []),
        "a segment cut off": (
            verified.segment(middle),
            lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
            {("segment-damaged", middle)},
            [],
        ),
        "a missing segment": (verified.segment(middle), Path.unlink, {("segment-missing", middle)}, []),
        "a missing segment that a backup needs": (
            verified.segment(needed),
            Path.unlink,
            {("segment-missing", needed)},
            [new],
        ),
        "another cluster's segment": (
            verified.segment(middle),
            lambda path: rewrite(path, foreign),
            {("segment-foreign", middle)},
            [],
        ),
        "a segment that was damaged before it was stored": (
            verified.segment(middle),
            lambda path: rewrite(path, tear),
            {("segment-unreadable", middle)},
            [],
        ),
        "a record with other files": (
            verified.file(old, "backup.json"),
            other_files,
            {
                ("backup-record-differs", f"{old}/backup.json"),
                ("backup-record-differs", f"{old}/{archive_file.name}"),
                ("archive-missing", f"{old}/{archive_file.name.replace('base', '99')}"),
            },
            [old],
        ),
        "a record that names a file elsewhere": (
            verified.file(old, "backup.json"),
            file_elsewhere,
            {("backup-record-damaged", f"{old}/backup.json")},
            [old],
        ),
        "a byte of what says where it is from": (origin, flip, {("backup-origin-damaged", f"{old}/origin.json")}, []),
        "an origin that reads well and is another": (
            origin,
            lambda path: path.write_bytes(path.read_bytes() + b" "),
            {("backup-origin-damaged", f"{old}/origin.json")},
            [],
        ),
        "a missing origin": (origin, Path.unlink, {("backup-origin-missing", f"{old}/origin.json")}, []),
        "a missing archive": (archive_file, Path.unlink, {("archive-missing", f"{old}/{archive_file.name}")}, [old]),
    }


@pytest.mark.versions(18)
def test_whole_repository_passes_and_damage_is_named(verified):
    before = tree_digest(verified.repository / "db1" / "backups", verified.repository / "db1" / "wal")
    expected = verified.verify(check=True)
    whole = verified.verify()

    assert not whole.changed and whole["ok"] and whole["findings"] == []
    assert whole["verified"]["backups"] == 2
    assert whole["verified"]["archives"] == 4
    assert whole["verified"]["segments"] >= 7
    assert whole["unparsed_segments"] == 0
    counts = ("archives", "segments")
    assert [expected["verified"][key] for key in counts] == [whole["verified"][key] for key in counts]
    assert expected["read_bytes"] == whole["read_bytes"]
    assert tree_digest(verified.repository / "db1" / "backups", verified.repository / "db1" / "wal") == before

    for case, (path, change, findings, unusable) in damages(verified).items():
        kept = path.read_bytes()
        change(path)
        failed = verified.verify(expect_failure=True)
        path.write_bytes(kept)
        shutil.chown(path, verified.cluster.os_user.uid, verified.cluster.os_user.gid)
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
            assert (window["backup"], window["resumes_with"]) == (verified.old["label"], verified.new["label"]), case

    assert verified.verify()["ok"]
