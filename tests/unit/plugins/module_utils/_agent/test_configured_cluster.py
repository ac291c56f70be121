# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.configured_cluster import ConfiguredCluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.standby import skips_all_but_primary, skips_standby
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A configuration with little in it."""
    (tmp_path / "db1.conf").write_text("repository_path = /srv/pitr\nrepository_mount_point = /srv\n", encoding="utf-8")
    return tmp_path


def test_configuration_leads_to_the_repository(etc: Path) -> None:
    configured = ConfiguredCluster.read("db1", config_directory=str(etc))
    assert (configured.repository.path, configured.repository.mount_point) == ("/srv/pitr", "/srv")
    assert (configured.folder.name, configured.folder.path) == ("db1", "/srv/pitr/db1")


def test_cluster_without_a_data_directory_is_not_discovered(etc: Path) -> None:
    configured = ConfiguredCluster.read("db1", config_directory=str(etc))
    with pytest.raises(InvalidInput) as caught:
        configured.discover()
    assert caught.value.code == "config-invalid"


def test_cluster_without_a_signal_file_is_no_standby(etc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (etc / "data").mkdir()
    with open(etc / "db1.conf", "a", encoding="utf-8") as stream:
        stream.write(f"data_directory = {etc / 'data'}\n")
    configured = ConfiguredCluster.read("db1", config_directory=str(etc))
    assert not skips_standby(configured)
    assert capsys.readouterr().out == ""
    # Retention asks more, and this is no data directory.
    with pytest.raises(InvalidInput) as caught:
        skips_all_but_primary(configured)
    assert caught.value.code == "data-directory-invalid"


def test_unknown_name_is_told_with_those_that_are_known(etc: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        ConfiguredCluster.read("db2", config_directory=str(etc))
    assert caught.value.code == "config-missing"
    assert "db1" in caught.value.hint
