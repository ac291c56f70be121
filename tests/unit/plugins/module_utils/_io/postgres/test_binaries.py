# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.binaries import (
    check_bin_directory,
    find_bin_directory,
    packaged_bin_directory,
    program_version,
)


def make_programs(directory: Path, *names: str) -> str:
    """A directory with these programs, and its path."""
    directory.mkdir()
    for name in names or ("postgres", "pg_controldata"):
        (directory / name).touch()
    return str(directory)


def says(directory: str, version: str) -> dict[tuple[str, ...], str]:
    """The script of a ``postgres`` in that directory."""
    return {(f"{directory}/postgres", "--version"): f"postgres (PostgreSQL) {version}\n"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-1.pgdg12+1)\n", (15, "15.18")),
        ("postgres (PostgreSQL) 18beta1\n", (18, "18beta1")),
        ("pg_basebackup (PostgreSQL) 16.4\n", (16, "16.4")),
    ],
)
def test_version_is_read(said: str, expected: tuple[int, str], make_runner: Callable[..., Any]) -> None:
    assert program_version("/b/x", runner=make_runner({("/b/x", "--version"): said})) == expected


def test_program_of_somebody_else_has_no_version(make_runner: Callable[..., Any]) -> None:
    with pytest.raises(Unavailable) as caught:
        program_version("/b/x", runner=make_runner({("/b/x", "--version"): "x 15\n"}))
    assert caught.value.code == "bin-directory-missing"


def test_first_preferred_directory_of_that_version_is_taken(tmp_path: Path, make_runner: Callable[..., Any]) -> None:
    other, good = make_programs(tmp_path / "other"), make_programs(tmp_path / "good")
    client = make_programs(tmp_path / "client", "postgres")
    runner = make_runner({**says(other, "98.1"), **says(good, "99.2")})
    found = find_bin_directory(99, preferred=[None, client, other, good], runner=runner)
    assert found == (good, "99.2")


def test_named_directory_is_checked(tmp_path: Path, make_runner: Callable[..., Any]) -> None:
    good, client = make_programs(tmp_path / "good"), make_programs(tmp_path / "client", "psql")
    runner = make_runner(says(good, "15.3"))
    assert check_bin_directory(good, version=15, data_directory="/d", runner=runner) == "15.3"
    for path, version, code in ((client, 15, "bin-directory-missing"), (good, 16, "version-mismatch")):
        with pytest.raises(InvalidInput) as caught:
            check_bin_directory(path, version=version, data_directory="/d", runner=runner)
        assert caught.value.code == code


def test_package_that_is_not_installed_is_told() -> None:
    with pytest.raises(Unavailable) as caught:
        packaged_bin_directory(99)
    assert "/usr/lib/postgresql/99/bin" in caught.value.message
