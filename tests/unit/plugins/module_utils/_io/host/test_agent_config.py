# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.agent_config import (
    configured_clusters,
    read_agent_config,
)


def test_configuration_is_read(tmp_path: Path) -> None:
    (tmp_path / "db1.conf").write_text("repository_path = /srv/ä\n", encoding="utf-8")
    assert read_agent_config(str(tmp_path), cluster_name="db1")["repository_path"] == "/srv/ä"


def test_missing_configuration_names_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "db1.conf").write_text("")
    (tmp_path / "db1.conf.123.tmp").write_text("")
    with pytest.raises(InvalidInput) as caught:
        read_agent_config(str(tmp_path), cluster_name="db2")
    assert caught.value.code == "config-missing"
    assert caught.value.hint.endswith("configured here: db1.")


@pytest.mark.parametrize("name", ["../x", "", "a b"])
def test_name_that_leaves_the_directory_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_agent_config(str(tmp_path), cluster_name=name)
    assert caught.value.code == "invalid-cluster-name"


def test_configuration_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "db1.conf").mkdir()
    with pytest.raises(PitrError) as caught:
        read_agent_config(str(tmp_path), cluster_name="db1")
    assert caught.value.code == "config-not-readable"


def test_directory_that_is_not_there_configures_nothing(tmp_path: Path) -> None:
    assert configured_clusters(str(tmp_path / "none")) == ()
