# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests are parsed once, and not kept longer than they are needed."""

from __future__ import annotations

import os

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import backup_folder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.manifests import Manifests
from sample_archives import manifest_of


@pytest.fixture
def manifests(folder: ClusterFolder) -> Manifests:
    for label in ("b1", "b2"):
        os.makedirs(folder.storage.address(backup_folder(label)))
        with open(f"{folder.storage.address(backup_folder(label))}/backup_manifest", "w", encoding="utf-8") as stream:
            stream.write(manifest_of({f"of {label}": b"x"}))
    return Manifests(folder)


def test_manifest_is_read_once_until_it_is_dropped(manifests: Manifests, folder: ClusterFolder) -> None:
    one, other = manifests.of("b1"), manifests.of("b2")
    assert (list(one.files), list(other.files)) == (["of b1"], ["of b2"])
    assert manifests.of("b1") is one
    manifests.keep_only(["b2"])
    assert manifests.of("b2") is other and manifests.of("b1") is not one
    manifests.drop("b2")
    manifests.drop("b2")
    assert manifests.of("b2") is not other


def test_manifest_that_is_missing_or_cut_off_is_damaged(manifests: Manifests, folder: ClusterFolder) -> None:
    path = f"{folder.storage.address(backup_folder('b1'))}/backup_manifest"
    os.truncate(path, 50)
    os.unlink(f"{folder.storage.address(backup_folder('b2'))}/backup_manifest")
    for label in ("b1", "b2"):
        with pytest.raises(Damaged) as caught:
            manifests.of(label)
        assert caught.value.code == "manifest-damaged"


def test_manifests_that_list_too_many_files_are_read_again(manifests: Manifests, folder: ClusterFolder) -> None:
    small = Manifests(folder, most_kept_files=1)
    one, other = small.of("b1"), small.of("b2")
    assert small.of("b1") is one
    assert small.of("b2") is not other and list(small.of("b2").files) == ["of b2"]
