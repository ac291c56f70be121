# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory is compared with its manifest, by PostgreSQL's program or by reading it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest import Manifest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.tree_check import (
    compare_tree,
    tree_differences,
)
from fake_runner import FakeRunner, NoPrograms
from sample_archives import manifest_of

FILES = {"PG_VERSION": b"18\n", "base/5/1259": b"rows" * 99, "pg_tblspc/16400/PG_18_1/5/1": b"more"}
MANIFEST = Manifest.parse(manifest_of(FILES))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """What was backed up: a tablespace by its link, and a pg_wal that is no part of it."""
    directory, space = tmp_path / "base", tmp_path / "space"
    for name, content in FILES.items():
        inner = name.removeprefix("pg_tblspc/16400/")
        path = (space if inner != name else directory) / inner
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (directory / "pg_tblspc").mkdir()
    (directory / "pg_tblspc" / "16400").symlink_to(space)
    (directory / "pg_wal").mkdir()
    (directory / "pg_wal" / "000000010000000000000001").touch()
    return directory


class VerifyBackup(FakeRunner):
    """A pg_verifybackup that runs, and says this."""

    def __init__(self, stderr: str = "", rc: int = 0, version_rc: int = 0) -> None:
        self.said, self.version_rc = Result((), rc, "", stderr), version_rc

    def answer(self, argv: tuple[str, ...]) -> Result:
        return Result(argv, self.version_rc, "", "") if argv[1] == "--version" else self.said


def differences(base: Path, runner: FakeRunner) -> tuple[str, ...]:
    (base.parent / "pg_verifybackup").touch()
    return tree_differences(
        str(base),
        manifest=MANIFEST,
        manifest_path="/backup_manifest",
        bin_directory=str(base.parent),
        runner=runner,
        timeout_seconds=5,
    )


def test_tree_as_it_was_backed_up_has_no_difference(base: Path) -> None:
    assert compare_tree(str(base), manifest=MANIFEST) == ()
    assert differences(base, VerifyBackup()) == ()


def test_each_difference_is_named(base: Path) -> None:
    (base / "base" / "5" / "1259").write_bytes(b"rowz" * 99)
    (base / "PG_VERSION").unlink()
    (base / "stranger").touch()
    found = compare_tree(str(base), manifest=MANIFEST)
    assert len(found) == 3
    assert all(any(name in sentence for sentence in found) for name in ("base/5/1259", "PG_VERSION", "stranger"))


def test_program_that_runs_is_believed(base: Path) -> None:
    (base / "stranger").touch()
    assert differences(base, VerifyBackup()) == ()
    assert differences(base, VerifyBackup("".join(f"line {number}\n" for number in range(9)), rc=1)) == tuple(
        f"line {number}" for number in range(5)
    )
    assert differences(base, VerifyBackup(rc=3)) == ("pg_verifybackup ended with exit code 3",)


def test_without_a_program_that_runs_the_files_are_read(base: Path) -> None:
    (base / "stranger").touch()
    assert len(differences(base, VerifyBackup(version_rc=-11))) == 1
    missing = tree_differences(
        str(base), manifest=MANIFEST, manifest_path="", bin_directory="/nowhere", runner=NoPrograms(), timeout_seconds=5
    )
    assert len(missing) == 1
