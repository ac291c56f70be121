# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.location import check_location


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A host's directories: a cluster with a tablespace, and links into them."""
    (tmp_path / "data" / "global").mkdir(parents=True)
    (tmp_path / "data" / "PG_VERSION").write_text("15\n")
    (tmp_path / "data" / "global" / "pg_control").write_bytes(b"")
    (tmp_path / "space" / "PG_15_202209061").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "data")
    (tmp_path / "database").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("path", "code"),
    [
        pytest.param("data", "repository-inside-data-directory", id="the data directory itself"),
        pytest.param("data/repository", "repository-inside-data-directory", id="inside"),
        pytest.param("data/a/b/c", "repository-inside-data-directory", id="deep inside"),
        pytest.param("link/repository", "repository-inside-data-directory", id="through a link"),
        pytest.param("database/../data/x", "repository-inside-data-directory", id="through dots"),
        pytest.param("space/repository", "repository-inside-tablespace", id="in a tablespace"),
        pytest.param("space/PG_15_202209061/5/x", "repository-inside-tablespace", id="deep in a tablespace"),
    ],
)
@pytest.mark.parametrize("named", [pytest.param(True, id="named"), pytest.param(False, id="recognized")])
def test_place_inside_is_refused(path: str, code: str, named: bool, host: Path) -> None:
    data, spaces = ([str(host / "data")], [str(host / "space")]) if named else ([], [])
    with pytest.raises(Refused) as caught:
        check_location(str(host / path), data_directories=data, tablespaces=spaces)
    assert caught.value.code == code
    assert str(host / path) in caught.value.message


@pytest.mark.parametrize("path", ["repository", "database", "data2/x", "."])
def test_place_outside_is_accepted(path: str, host: Path) -> None:
    check_location(str(host / path), data_directories=[str(host / "data")], tablespaces=[str(host / "space")])
