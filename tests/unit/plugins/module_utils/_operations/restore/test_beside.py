# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore that died has left is removed before the next, and nothing else."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.plan import RestorePlan
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import inner_pair, sibling_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.chain import ChainExtract
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.manifests import Manifests
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore import beside
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.beside import (
    remove_stale,
    restore_beside,
)
from fake_runner import NoPrograms
from sample_plan import BESIDE, IN_PLACE, PLAN


@pytest.fixture
def plan(tmp_path: Path) -> RestorePlan:
    data, wal, space = (str(tmp_path / name) for name in ("data", "wal", "space"))
    later = inner_pair(space, "PG_15_1")
    placement = replace(
        IN_PLACE,
        directory=data,
        base=f"{data}.pitr-new",
        spaces={16400: f"{space}/.pitr-new"},
        wal_link=wal,
        pairs=(later, sibling_pair(wal), sibling_pair(data)),
        empty_directories=(later.new,),
    )
    for path in (data, wal, space):
        os.makedirs(path)
    return replace(PLAN, placement=placement)


def test_stale_directories_go_and_live_ones_stay(plan: RestorePlan, tmp_path: Path) -> None:
    placement = plan.placement
    for path in (*placement.written_directories, *placement.empty_directories, placement.wal_directory):
        os.makedirs(f"{path}/base", exist_ok=True)
    remove_stale(plan)
    assert sorted(os.listdir(tmp_path)) == ["data", "space", "wal"]
    assert os.listdir(tmp_path / "space") == []


def test_directory_of_a_copy_is_the_users_and_only_emptied(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    (copy / "base").mkdir(parents=True)
    (copy / "PG_VERSION").touch()
    (copy / "link").symlink_to(tmp_path)
    request = replace(PLAN.request, directory=str(copy), port=5499)
    remove_stale(replace(PLAN, request=request, placement=replace(BESIDE, directory=str(copy), base=str(copy))))
    assert (os.listdir(copy), copy.exists(), tmp_path.exists()) == ([], True, True)


def test_extraction_that_fails_leaves_nothing(plan: RestorePlan, folder: ClusterFolder, tmp_path: Path) -> None:
    """The backup of the plan is not in the repository."""
    with pytest.raises(PitrError):
        restore_beside(
            plan, folder=folder, manifests=Manifests(folder), bin_directory="/bin", runner=NoPrograms(), seconds=5
        )
    assert not any(name.endswith(".pitr-new") for name in os.listdir(tmp_path))
    assert os.listdir(tmp_path / "space") == []


def test_what_cannot_be_made_durable_is_no_restore(
    plan: RestorePlan, folder: ClusterFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def extract(chain_extract: ChainExtract, *_chain: object, **_more: object) -> None:
        for name in ("base", "pg_tblspc"):
            os.makedirs(f"{chain_extract.base}/{name}")

    def fail_at_last(root: str) -> None:
        asked.append(root)
        if len(asked) == len(plan.placement.written_directories):
            raise OSError(errno.EIO, os.strerror(errno.EIO), f"{root}/1259")

    monkeypatch.setattr(ChainExtract, "run", extract)
    monkeypatch.setattr(beside, "make_durable", fail_at_last)
    with pytest.raises(PitrError) as caught:
        restore_beside(
            plan, folder=folder, manifests=Manifests(folder), bin_directory="/bin", runner=NoPrograms(), seconds=5
        )
    assert caught.value.code == "write-failed" and f"{asked[-1]}/1259" in caught.value.message
    assert asked == list(plan.placement.written_directories)
    assert not any(name.endswith(".pitr-new") for name in os.listdir(tmp_path))
