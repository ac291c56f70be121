# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of several repositories as one."""

from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.outcome import RepositoryOutcome
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.finding import SEGMENT, Finding
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.healed import Healed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.outcomes import (
    has_findings,
    outcomes_text,
    outcomes_to_dict,
    problem_message,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.report import VerifyCounts, VerifyReport

NAME = "000000010000000000000005"
FINDING = Finding(SEGMENT, "segment-missing", f"the segment '{NAME}' is missing", segment=NAME)
COUNTS = VerifyCounts(2, archives=4, files=10, segments=6, read_bytes=1000)
WHOLE = VerifyReport("db1", (), COUNTS, VerifyCounts(), 1.0, looked_at=2, healed=(Healed("x", "far"),))
WRONG = VerifyReport("db1", (FINDING,), COUNTS, VerifyCounts(), 0.5, looked_at=2)
AWAY = RepositoryOutcome[VerifyReport]("spare", False, error=Unavailable("it is away", code="repository-missing"))
ALL = [RepositoryOutcome("near", True, result=WHOLE), RepositoryOutcome("far", True, result=WRONG), AWAY]


def test_one_report_stays_as_it_is() -> None:
    assert outcomes_to_dict([RepositoryOutcome("", True, result=WHOLE)], name="db1") == WHOLE.to_dict()


def test_what_all_have_found_comes_with_the_name_of_its_repository() -> None:
    told = outcomes_to_dict(ALL, name="db1")
    assert told["ok"] is False and told["cluster"] == "db1"
    assert [(each["code"], each["repository"]) for each in told["findings"]] == [("segment-missing", "far")]
    assert told["healed"] == [{"subject": "x", "source": "far", "repository": "near"}]
    assert told["verified"] == {"backups": 4, "archives": 8, "files": 20, "segments": 12}
    assert (told["seconds"], told["read_bytes"], told["missing"]) == (1.5, 2000, [NAME])
    assert [(each["repository"], each.get("ok")) for each in told["repositories"]] == [
        ("near", True),
        ("far", False),
        ("spare", None),
    ]
    assert told["repositories"][2]["failure"]["code"] == "repository-missing"


def test_text_names_the_repository_of_each_report() -> None:
    lines = outcomes_text(ALL, name="db1").splitlines()
    assert lines[0].startswith("db1 in 'near': ok, read 2 backups") and lines[1].startswith("  healed    x was healed")
    assert lines[2].startswith("db1 in 'far': WRONG")


def test_message_is_of_those_with_problems() -> None:
    assert has_findings(ALL) and not has_findings([ALL[0], AWAY])
    assert (
        problem_message(ALL) == f"1 problem found in the repository of 'db1': the segment '{NAME}' is missing ('far')"
    )


def test_nothing_but_failures_is_not_ok() -> None:
    told = outcomes_to_dict([AWAY], name="db1")
    assert told["ok"] is False and told["findings"] == [] and told["verified"] == {}
