# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, InvalidInput, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.repository_host import RepositoryHost
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.each import in_each, repositories_here
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository

FAR = Repository("/srv", host=RepositoryHost("backup1"), name="far", is_required=False)
SPARE = Repository("/spare", name="spare", is_required=False)
NEAR = Repository("/near", name="near", others=(FAR, SPARE))


def failing(repository: Repository) -> str:
    if repository is NEAR:
        raise Unavailable("it is away", code="repository-missing")
    return repository.name


def test_what_another_host_keeps_is_its_own_work() -> None:
    assert repositories_here(NEAR, what="retention") == (NEAR, SPARE)
    assert repositories_here(NEAR, what="retention", names=["spare"]) == (SPARE,)


@pytest.mark.parametrize(
    ("first", "names", "code"),
    [
        pytest.param(NEAR, ["far"], "repository-elsewhere", id="named"),
        pytest.param(NEAR, ["fra"], "repositories-invalid", id="unknown"),
        pytest.param(FAR, [], "repository-elsewhere", id="the only one"),
    ],
)
def test_work_of_another_host_is_refused(first: Repository, names: list[str], code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        repositories_here(first, what="retention", names=names)
    assert caught.value.code == code


def test_one_that_fails_does_not_stop_the_others() -> None:
    outcomes = in_each((NEAR, SPARE), failing)
    assert [(each.name, each.result, each.error is not None) for each in outcomes] == [
        ("near", None, True),
        ("spare", "spare", False),
    ]


def test_disk_that_gives_nothing_back_does_not_stop_the_others() -> None:
    def work(repository: Repository) -> str:
        if repository is NEAR:
            raise OSError(errno.EIO, "Input/output error")
        return repository.name

    near, spare = in_each((NEAR, SPARE), work)
    assert near.error is not None and near.error.code == "repository-not-readable"
    assert "'/near': Input/output error" in near.error.message and spare.result == "spare"


def test_signal_ends_it_all() -> None:
    asked = []

    def work(repository: Repository) -> str:
        asked.append(repository)
        raise Failed("interrupted by SIGTERM", code="interrupted")

    with pytest.raises(Failed):
        in_each((NEAR, SPARE), work)
    assert asked == [NEAR]


def test_where_there_is_one_alone_it_raises() -> None:
    with pytest.raises(Unavailable):
        in_each((NEAR,), failing)
