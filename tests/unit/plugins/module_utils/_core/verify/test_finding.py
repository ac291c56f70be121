# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems and their impact, as text and as data."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.finding import (
    ARCHIVE,
    CHAIN,
    SEGMENT,
    Finding,
    Impact,
)

WINDOW = {"from_backup": "b1", "ends_at": "0/5000000"}


@pytest.mark.parametrize(
    ("impact", "expected"),
    [
        pytest.param(Impact(), "", id="none"),
        pytest.param(Impact(("b1", "b2")), "unusable: b1, b2", id="backups"),
        pytest.param(
            Impact(**WINDOW), "recovery from b1 ends at 0/5000000; everything after it is lost", id="end of recovery"
        ),
        pytest.param(
            Impact(**WINDOW, resumes_with="b2"),
            "recovery from b1 ends at 0/5000000; everything up to the end of b2 is lost",
            id="a gap",
        ),
        pytest.param(Impact(("b3",), text="no recovery"), "no recovery; unusable: b3", id="another impact first"),
    ],
)
def test_impact_as_text(impact: Impact, expected: str) -> None:
    assert str(impact) == expected
    assert impact.to_dict()["text"] == expected


def test_impact_as_data() -> None:
    window = {"backup": "b1", "ends_at": "0/5000000", "resumes_with": "b2"}
    assert Impact(("b1",), **WINDOW, resumes_with="b2").to_dict()["window"] == window
    assert Impact(("b1",)).to_dict()["window"] is None


@pytest.mark.parametrize(
    ("finding", "subject", "is_missing"),
    [
        pytest.param(Finding(SEGMENT, "segment-damaged", "m", segment="A"), "A", False, id="a segment"),
        pytest.param(
            Finding(SEGMENT, "segment-missing", "m", segment="A", last_segment="A"), "A", True, id="a missing segment"
        ),
        pytest.param(
            Finding(SEGMENT, "segment-missing", "m", segment="A", last_segment="B"), "A-B", True, id="a range"
        ),
        pytest.param(Finding(CHAIN, "chain-broken", "m", backup="b1"), "b1", True, id="a missing parent"),
        pytest.param(Finding(ARCHIVE, "archive-damaged", "m", backup="b1", file="f"), "b1/f", False, id="a file"),
    ],
)
def test_what_a_finding_is_about(finding: Finding, subject: str, *, is_missing: bool) -> None:
    assert (finding.subject, finding.is_missing) == (subject, is_missing)


def test_finding_as_data_has_the_end_of_its_range() -> None:
    one = Finding(SEGMENT, "segment-damaged", "m", segment="A").to_dict()
    assert (one["segment"], one["last_segment"], one["cost"]["unusable_backups"]) == ("A", "A", [])
