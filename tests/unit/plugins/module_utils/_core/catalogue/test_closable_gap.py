# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.closable_gap import (
    Source,
    closable_gap_sentences,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.gap import DAMAGED, Gap

SOURCE = Source("db1", "/data", "postgres")


def segment(number: int, *, timeline: int = 1) -> str:
    return f"{timeline:08X}00000000{number:08X}"


THERE = [segment(number) for number in range(1, 10)]
MISSING_ONE, MISSING_SIX, DAMAGED_ONE = (
    Gap(segment(3), segment(3)),
    Gap(segment(4), segment(9)),
    Gap(segment(2), segment(2), DAMAGED),
)


@pytest.mark.parametrize(
    ("names", "gaps", "expected"),
    [
        pytest.param(THERE, [], [], id="no gap"),
        pytest.param([segment(1)], [MISSING_ONE], [], id="another is there"),
        pytest.param([segment(3, timeline=2)], [MISSING_ONE], [], id="another timeline's"),
        pytest.param(
            [segment(3)],
            [MISSING_ONE],
            [
                f"{segment(3)} is missing in the archive and still whole in '/data/pg_wal': archive it again before the"
                " server removes it, as postgres in '/data': pgpitr archive-push --cluster db1 pg_wal/" + segment(3)
            ],
            id="one",
        ),
        pytest.param(
            THERE,
            [MISSING_SIX],
            [
                f"each of {segment(4)}, {segment(5)}, {segment(6)} and 3 more is missing in the archive and still whole"
                " in '/data/pg_wal': archive it again before the server removes it, as postgres in '/data': pgpitr"
                " archive-push --cluster db1 pg_wal/" + segment(4)
            ],
            id="many",
        ),
    ],
)
def test_what_can_be_archived_again(names: list[str], gaps: list[Gap], expected: list[str]) -> None:
    assert list(closable_gap_sentences(names, gaps=gaps, source=SOURCE)) == expected


def test_damaged_files_have_to_go_first() -> None:
    missing, damaged = closable_gap_sentences(THERE, gaps=[DAMAGED_ONE, MISSING_ONE], source=SOURCE)
    assert missing.startswith(f"{segment(3)} is missing") and "out of there" not in missing
    assert damaged.startswith(f"{segment(2)} is damaged")
    assert "move what the repository has of it out of there, and archive it again" in damaged
