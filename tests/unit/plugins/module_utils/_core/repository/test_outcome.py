# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.outcome import (
    NotEverywhere,
    RepositoryOutcome,
    is_failure,
)

AWAY = Unavailable("'/mnt' is not mounted", code="repository-not-mounted", hint="Mount it.")


def test_only_one_that_is_required_is_a_failure() -> None:
    done = RepositoryOutcome("near", True, result=1)
    assert not is_failure([done, RepositoryOutcome("far", False, error=AWAY)])
    assert is_failure([done, RepositoryOutcome("far", True, error=AWAY)])


def test_failure_has_the_code_of_the_first_and_what_was_done_in_the_others() -> None:
    outcomes = [RepositoryOutcome("near", True, error=AWAY), RepositoryOutcome("far", True, result=1)]
    error = NotEverywhere(outcomes, values={"repositories": []})
    assert (error.code, error.hint, error.values) == ("repository-not-mounted", "Mount it.", {"repositories": []})
    assert error.message == "the repository 'near' was left out: '/mnt' is not mounted"


def test_failure_as_data_names_the_repository() -> None:
    told = RepositoryOutcome("far", False, error=AWAY).failure_to_dict()
    assert told["repository"] == "far" and told["failure"]["code"] == "repository-not-mounted"
    assert RepositoryOutcome("near", True, result=1).failure_to_dict()["failure"] is None
