# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each repository is expired by its own rules, whatever is with the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.outcome import is_failure
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.repository_host import RepositoryHost
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.retention.each import expire_each
from registered_cluster import register
from retention_shelf import KEEP_TWO, NOW, Shelf, lay_out


class Shelves:
    """`near` and `far` with the same backups; `far` keeps one more full backup, `third` is on another host."""

    def __init__(self, directory: Path) -> None:
        self.near, self.far = (self._made(directory, name) for name in ("near", "far"))
        self.labels = lay_out(self.near)
        assert lay_out(self.far) == self.labels
        self.far_path = Path(self.far.folder.path).parent
        third = Repository("/srv", host=RepositoryHost("backup1"), name="third")
        far = Repository(str(self.far_path), name="far", is_required=False, keep={"keep_full": 3})
        self.first = Repository(str(Path(self.near.folder.path).parent), name="near", others=(far, third))

    @staticmethod
    def _made(directory: Path, name: str) -> Shelf:
        (directory / name).mkdir(mode=0o700)
        return Shelf(register(directory / name, data_directory=directory))


@pytest.fixture
def shelves(tmp_path: Path) -> Shelves:
    """The two."""
    return Shelves(tmp_path)


def test_each_is_expired_by_its_own_rules(shelves: Shelves) -> None:
    outcomes = expire_each(shelves.first, name="db1", policy=KEEP_TWO, clock=lambda: NOW)
    assert [each.name for each in outcomes] == ["near", "far"]
    assert shelves.near.labels() == list(shelves.labels[-2:])
    assert shelves.far.labels() == list(shelves.labels[-3:])


def test_one_that_is_away_does_not_stop_the_others(shelves: Shelves) -> None:
    near = Path(shelves.near.folder.path).parent
    near.rename(near.with_name("away"))
    outcomes = expire_each(shelves.first, name="db1", policy=KEEP_TWO, clock=lambda: NOW)
    assert outcomes[0].error is not None and outcomes[0].error.code == "repository-missing"
    assert is_failure(outcomes) and shelves.far.labels() == list(shelves.labels[-3:])


def test_rehearsal_removes_nothing_anywhere(shelves: Shelves) -> None:
    outcomes = expire_each(shelves.first, name="db1", policy=KEEP_TWO, clock=lambda: NOW, is_rehearsal=True)
    assert [len(each.result.backups) for each in outcomes if each.result] == [4, 3]
    assert shelves.near.labels() == shelves.far.labels() == list(shelves.labels)


def test_one_may_be_named(shelves: Shelves) -> None:
    (outcome,) = expire_each(shelves.first, name="db1", policy=KEEP_TWO, clock=lambda: NOW, names=["far"])
    assert outcome.name == "far" and shelves.near.labels() == list(shelves.labels)


def test_rules_of_all_are_checked_before_anything_is_removed(shelves: Shelves) -> None:
    shelves.first.others[0].keep["keep_full"] = 0
    with pytest.raises(InvalidInput) as caught:
        expire_each(shelves.first, name="db1", policy=RetentionPolicy(), clock=lambda: NOW)
    assert caught.value.code == "option-out-of-range" and shelves.near.labels() == list(shelves.labels)


def test_refused_folder_is_left_alone(shelves: Shelves) -> None:
    def check(folder: ClusterFolder) -> None:
        if "near" in folder.path:
            raise Unavailable("no writer", code="writer-unknown")

    outcomes = expire_each(shelves.first, name="db1", policy=KEEP_TWO, clock=lambda: NOW, check=check)
    assert [each.error.code if each.error else "" for each in outcomes] == ["writer-unknown", ""]
    assert shelves.near.labels() == list(shelves.labels)
