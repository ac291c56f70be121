# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.data_directory import (
    check_data_directory,
    has_signal_file,
    is_data_directory,
    linked_tablespaces,
    linked_wal_directory,
    major_version_of,
    owner_of,
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """What makes a directory a data directory."""
    path = tmp_path / "data"
    for name in ("global", "pg_tblspc", "pg_wal"):
        (path / name).mkdir(parents=True)
    (path / "PG_VERSION").write_text("15\n", encoding="ascii")
    (path / "global" / "pg_control").touch()
    return path


def test_data_directory_is_recognized(data: Path) -> None:
    check_data_directory(str(data))
    assert is_data_directory(str(data))
    assert major_version_of(str(data)) == 15
    assert owner_of(str(data)) == pwd.getpwuid(os.geteuid()).pw_name


@pytest.mark.parametrize("missing", ["PG_VERSION", "global/pg_control"])
def test_directory_without_one_of_its_marks_is_none(missing: str, data: Path) -> None:
    (data / missing).unlink()
    assert not is_data_directory(str(data))
    with pytest.raises(InvalidInput) as caught:
        check_data_directory(str(data))
    assert caught.value.code == "data-directory-invalid"
    assert f"'{missing}'" in caught.value.message


@pytest.mark.parametrize("name", ["nothing", "data/PG_VERSION"])
def test_what_is_no_directory_is_missing(name: str, data: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_data_directory(str(data.parent / name))
    assert caught.value.code == "data-directory-missing"


@pytest.mark.parametrize("text", ["9.6\n", "", "fifteen"])
def test_version_that_is_none_is_told(text: str, data: Path) -> None:
    (data / "PG_VERSION").write_text(text, encoding="ascii")
    with pytest.raises(InvalidInput) as caught:
        major_version_of(str(data))
    assert caught.value.code == "data-directory-invalid"


@pytest.mark.parametrize(
    ("name", "expected"), [("standby.signal", True), ("recovery.signal", True), ("recovery.done", False)]
)
def test_signal_files(name: str, expected: bool, data: Path) -> None:
    assert not has_signal_file(str(data))
    (data / name).touch()
    assert has_signal_file(str(data)) == expected


def test_links_lead_to_tablespaces_and_wal(data: Path, tmp_path: Path) -> None:
    assert linked_wal_directory(str(data)) is None
    (data / "pg_wal").rename(tmp_path / "wal")
    (data / "pg_wal").symlink_to(tmp_path / "wal")
    (data / "pg_tblspc" / "16385").symlink_to("/srv/space")
    (data / "pg_tblspc" / "16386").mkdir()
    (data / "pg_tblspc" / "other").symlink_to("/srv/other")
    assert linked_wal_directory(str(data)) == str(tmp_path / "wal")
    assert linked_tablespaces(str(data)) == {16385: "/srv/space"}
