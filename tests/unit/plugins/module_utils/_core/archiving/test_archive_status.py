# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_status import ArchiveStatus

FIRST, SECOND = "000000010000000000000001", "000000010000000000000002"
STATUS = ArchiveStatus.of(
    [
        (f"{FIRST}.done", 40.0, 50.0),
        (f"{SECOND}.ready", 90.0, 90.0),
        ("00000002.history.ready", 70.0, 70.0),
        ("000000020000000000000003.done", 80.0, 80.0),
        ("what.is.this", 1.0, 1.0),
    ]
)


def test_files_that_wait_are_counted_and_aged() -> None:
    ready = STATUS.ready(now_seconds=100.0)

    assert (ready.names, ready.count, ready.oldest_seconds) == (
        ("000000010000000000000002", "00000002.history"),
        2,
        30.0,
    )
    assert STATUS.waiting_segments() == (SECOND,)
    assert (STATUS.waits(SECOND), STATUS.waits(FIRST), STATUS.waits("unknown")) == (True, False, False)


def test_clock_that_was_set_back_gives_no_negative_age_and_is_noticed() -> None:
    assert STATUS.ready(now_seconds=60.0).oldest_seconds == 0.0
    assert STATUS.dated_after(75.0) == (SECOND,)


def test_what_was_never_to_be_archived_was_not_archived() -> None:
    at = {name: each.archived_at for name, each in STATUS.files.items()}

    assert at == {FIRST: 50.0, SECOND: None, "00000002.history": None, "000000020000000000000003": None}


@pytest.mark.parametrize(("number", "finished_at"), [(1, 40.0), (2, 90.0), (3, None)])
def test_segment_has_wal_up_to_when_it_was_finished(number: int, finished_at: float | None) -> None:
    assert STATUS.finished_at(number, timeline=1, size_bytes=1 << 24) == finished_at
