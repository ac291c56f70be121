# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration files of a restored server."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.settings import FILE_SETTINGS
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.configuration.restored_files import (
    keep_configuration,
    settings_outside_auto,
    write_own_configuration,
)
from fake_runner import FakeRunner
from sample_cluster import sample_cluster


class Unset(FakeRunner):
    """A server whose settings name no files."""

    def answer(self, argv: tuple[str, ...]) -> Result:
        assert argv[1:3] in [("-C", name) for name in FILE_SETTINGS]
        return Result(argv, 0, "\n", "")


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    data, etc = tmp_path / "data", tmp_path / "etc"
    for path in (data / "conf.d", etc, tmp_path / "new"):
        path.mkdir(parents=True)
    (data / "postgresql.conf").write_text(
        "port = 5432\nwork_mem = 1MB\ninclude_dir 'conf.d'\ninclude = '../etc/outside.conf'\n"
        "include_if_exists = 'no.conf'\nhba_file = '/somewhere/else'"
    )
    (data / "conf.d" / "b.conf").write_text("archive_mode = on")
    (data / "conf.d" / ".hidden.conf").write_text("hidden = 1")
    (etc / "outside.conf").write_text("recovery_target_name = 'leftover'\ninclude 'outside.conf'\n")
    (data / "postgresql.auto.conf").write_text("port = '6543'\njit = 'off'\n")
    (etc / "pg_hba.conf").write_text("local all all peer\n")
    (data / "pg_ident.conf").write_text("")
    return sample_cluster(str(data), hba_file=str(etc / "pg_hba.conf"), port=6543)


def test_files_inside_the_data_directory_go_along_and_others_stay(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "new" / "conf.d").mkdir()
    (tmp_path / "new" / "conf.d" / "removed.conf").write_text("shared_buffers = 1")
    keep_configuration(cluster, restored=str(tmp_path / "new"), runner=Unset())
    copied = {str(path.relative_to(tmp_path / "new")) for path in (tmp_path / "new").rglob("*") if path.is_file()}
    assert copied == {
        "postgresql.conf",
        "postgresql.auto.conf",
        "pg_ident.conf",
        "conf.d/b.conf",
        "conf.d/.hidden.conf",
    }


def test_settings_are_known_through_every_include(cluster: Cluster) -> None:
    found = settings_outside_auto(cluster)
    assert {"port", "archive_mode", "recovery_target_name"} <= found
    assert "jit" not in found and "hidden" not in found


def test_copy_has_everything_in_one_file_and_is_told_what_differs_last(cluster: Cluster, tmp_path: Path) -> None:
    copy = str(tmp_path / "new")
    write_own_configuration(cluster, copy=copy, overrides={"port": "5499", "archive_mode": "off"}, runner=Unset())

    text = (tmp_path / "new" / "postgresql.conf").read_text()
    lines = text.splitlines()
    assert "work_mem = 1MB" in lines and "recovery_target_name = 'leftover'" in lines
    assert "include" not in text and "/somewhere/else" not in text
    assert [line for line in lines if line.startswith(("port", "archive_mode"))] == [
        "port = '5499'",
        "archive_mode = 'off'",
    ]
    assert f"data_directory = '{copy}'" in lines and f"hba_file = '{copy}/pg_hba.conf'" in lines
    assert (tmp_path / "new" / "postgresql.auto.conf").read_text() == "jit = 'off'\n"
    assert (tmp_path / "new" / "pg_hba.conf").read_text() == "local all all peer\n"
