# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository


def code_of(repository: Repository) -> str:
    with pytest.raises(PitrError) as caught:
        repository.check()
    assert caught.value.hint
    return caught.value.code


def test_usable_repository_passes(tmp_path: Path) -> None:
    Repository(str(tmp_path)).check()
    Repository(str(tmp_path), mount_point="").check()


def test_missing_repository_is_told(tmp_path: Path) -> None:
    assert code_of(Repository(str(tmp_path / "none"))) == "repository-missing"
    (tmp_path / "file").write_text("")
    assert code_of(Repository(str(tmp_path / "file"))) == "repository-missing"


def test_repository_on_a_file_system_that_is_not_mounted_is_told(tmp_path: Path) -> None:
    assert code_of(Repository(str(tmp_path), mount_point=str(tmp_path))) == "repository-not-mounted"
    Repository(str(tmp_path), mount_point="/").check()


@pytest.mark.parametrize(
    ("refused", "code"), [(os.R_OK | os.X_OK, "repository-not-readable"), (os.W_OK, "repository-not-writable")]
)
def test_repository_of_another_user_is_told(
    refused: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may do everything, so the kernel's answer is given here.
    monkeypatch.setattr(os, "access", lambda _path, mode, **_: mode != refused)
    assert code_of(Repository(str(tmp_path))) == code


def test_clusters_are_the_folders_with_an_identity(folder: ClusterFolder) -> None:
    top = os.path.dirname(folder.path)
    os.mkdir(f"{top}/lost+found")
    assert Repository(top + "/").cluster_names() == ("db1",)


def test_name_that_leaves_the_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        Repository(str(tmp_path)).cluster("../etc")
    assert caught.value.code == "invalid-cluster-name"
