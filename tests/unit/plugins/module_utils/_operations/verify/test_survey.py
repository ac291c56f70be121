# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a survey finds without reading tar files or segments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.finding import ARCHIVE, SEGMENT, Finding
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state import VerifyState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.survey import survey
from verify_repository import FULL, MOMENT, NEXT, segment_file


def backup_file(folder: ClusterFolder, label: str, name: str) -> Path:
    return Path(folder.backups_directory, label, name)


def found(folder: ClusterFolder, selection: str = "all") -> list[tuple[str, str, tuple[str, ...]]]:
    """Code, subject and unusable backups of each finding."""
    return [(each.code, each.subject, each.impact.unusable) for each in survey(folder, selection=selection).findings]


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        pytest.param("all", [FULL, NEXT], id="all"),
        pytest.param("newest", [FULL, NEXT], id="the newest with its chain"),
        pytest.param(FULL, [FULL], id="one backup"),
        pytest.param(NEXT, [FULL, NEXT], id="one backup with its chain"),
    ],
)
def test_backups_that_are_selected(chain: ClusterFolder, selection: str, chosen: list[str]) -> None:
    seen = survey(chain, selection=selection)
    assert [each.label for each in seen.chosen] == chosen
    assert len(seen.files) == 3 * len(chosen)
    assert seen.findings == ()


def test_an_unknown_backup_is_refused(chain: ClusterFolder) -> None:
    with pytest.raises(InvalidInput) as caught:
        survey(chain, selection="20260101T000000Z-full")
    assert caught.value.code == "backup-unknown"


Damaging = Callable[[ClusterFolder], Any]


@pytest.mark.parametrize(
    ("damaging", "selection", "expected"),
    [
        pytest.param(
            lambda folder: backup_file(folder, FULL, "base.tar.gz").unlink(),
            "all",
            [("archive-missing", f"{FULL}/base.tar.gz", (FULL, NEXT))],
            id="a tar file is missing",
        ),
        pytest.param(
            lambda folder: segment_file(folder, 6).unlink(),
            "all",
            [("segment-missing", "000000010000000000000006", (NEXT,))],
            id="a segment that a backup needs",
        ),
        pytest.param(
            lambda folder: [segment_file(folder, number).unlink() for number in (4, 5)],
            "all",
            [("segment-missing", "000000010000000000000004-000000010000000000000005", ())],
            id="segments between backups",
        ),
        pytest.param(
            lambda folder: backup_file(folder, NEXT, "backup.json").write_text("{"),
            "newest",
            [("backup-record-damaged", f"{NEXT}/backup.json", (NEXT,))],
            id="the record of the newest",
        ),
        pytest.param(
            lambda folder: backup_file(folder, NEXT, "backup.json").write_text("{"), FULL, [], id="another's record"
        ),
        pytest.param(
            lambda folder: backup_file(folder, FULL, "backup.json").unlink(),
            NEXT,
            [("chain-broken", NEXT, (NEXT,))],
            id="the parent is missing",
        ),
    ],
)
def test_problems(
    chain: ClusterFolder, damaging: Damaging, selection: str, expected: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    damaging(chain)
    assert found(chain, selection) == expected


def test_a_history_is_needed_for_every_timeline_but_the_first(chain: ClusterFolder, store: Callable[..., None]) -> None:
    store(9, 10, timeline=2)
    assert found(chain) == [("history-missing", "00000002.history", ())]
    (Path(chain.wal_directory) / "00000002" / "00000002.history").write_text("1\tnonsense\n")
    assert found(chain) == [("history-damaged", "00000002.history", ())]


def test_a_record_may_continue_in_the_next_segment_and_after_a_fork(
    chain: ClusterFolder, store: Callable[..., None], data_directory: Path
) -> None:
    store(5, 6, timeline=2)
    (data_directory / "00000002.history").write_text("1\t0/580000\twhy\n")
    chain.store_wal(str(data_directory / "00000002.history"), data_directory=str(data_directory))
    seen = survey(chain, selection="all")
    assert seen.next_names(SegmentRange(1, 3, 5)) == ("000000010000000000000005", "000000020000000000000005")
    assert seen.next_names(SegmentRange(1, 3, 6)) == ("000000010000000000000006",)
    assert seen.next_names(SegmentRange(1, 3, 9)) == ()


def test_impact_of_what_is_read_later(chain: ClusterFolder) -> None:
    seen = survey(chain, selection="all")
    file = seen.with_impact(Finding(ARCHIVE, "archive-damaged", "m", backup=FULL, file="base.tar.gz"))
    segment = seen.with_impact(Finding(SEGMENT, "segment-damaged", "m", segment="000000010000000000000004"))
    assert file.impact.unusable == (FULL, NEXT)
    assert (segment.impact.from_backup, segment.impact.resumes_with) == (FULL, NEXT)


def test_what_no_run_has_verified_is_counted(chain: ClusterFolder) -> None:
    seen = survey(chain, selection="all")
    state = VerifyState(seen.wal.size)
    counts = seen.never_verified(state)
    assert (counts.archives, counts.segments) == (6, 6)
    state.add_file(FULL, name="base.tar.gz", moment=MOMENT)
    state.add_wal(SegmentRange(1, 3, 5), moment=MOMENT)
    counts = seen.never_verified(state)
    assert (counts.archives, counts.segments) == (5, 4)
