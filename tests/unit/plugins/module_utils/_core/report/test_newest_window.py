# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.window import Window
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.newest_window import (
    at_least_to,
    newest_backup,
    newest_window,
)
from sample_summary import backup_ended, moment, sample_summary, window_of

BACKUPS = [backup_ended(4, "b1"), backup_ended(2, "b2"), backup_ended(1, "b3")]


@pytest.mark.parametrize(
    ("windows", "place", "reaches"),
    [
        pytest.param([window_of("08:00", "09:00"), window_of("10:00", "11:00")], 1, "11:00", id="the last"),
        pytest.param(
            [window_of("08:00", "11:30"), window_of("08:00", "11:00", timeline=2)], 0, "11:30", id="rolled back"
        ),
        pytest.param([window_of("08:00", "09:00"), window_of("09:30", None)], 1, "10:00", id="one long transaction"),
        pytest.param([window_of("08:00", None, upto=8.5), window_of("10:00", "11:00")], 1, "11:00", id="an old one"),
        pytest.param(
            [window_of("08:00", "11:00", upto=9), window_of("08:00", None, timeline=2)],
            1,
            "08:00",
            id="a younger timeline",
        ),
        pytest.param(
            [window_of("08:00", None, upto=9), window_of("08:00", "09:00", timeline=2)],
            1,
            "09:00",
            id="a timeline that was left",
        ),
        pytest.param(
            [window_of("08:00", None), window_of("08:00", "09:00", timeline=2)],
            0,
            "10:00",
            id="back on the older timeline",
        ),
    ],
)
def test_window_that_ends_last(windows: list[Window], place: int, reaches: str) -> None:
    catalogue = sample_summary(BACKUPS, windows, without_wal=["b3"]).catalogue

    found = newest_window(catalogue)

    assert found is windows[place]
    assert at_least_to(found, catalogue=catalogue) == moment(reaches)


def test_without_windows_none_is_the_newest() -> None:
    assert newest_window(sample_summary(BACKUPS).catalogue) is None


def test_newest_backup_that_can_be_restored() -> None:
    assert newest_backup(sample_summary(BACKUPS, without_wal=["b3"]).catalogue) is BACKUPS[1]
    assert newest_backup(sample_summary(BACKUPS[:1], without_chain=["b1"]).catalogue) is None
    assert newest_backup(sample_summary().catalogue) is None


def test_backup_of_a_timeline_that_was_given_up_is_not_the_newest() -> None:
    own, given_up = backup_ended(4, "own"), backup_ended(1, "given up", timeline=2)
    windows = [window_of("08:00", "11:30", timeline=2, upto=11.5), window_of("08:00", "11:45")]

    assert newest_backup(sample_summary([own, given_up], windows).catalogue) is own
    # Until the cluster has archived anything behind it, nothing tells that it was given up.
    assert newest_backup(sample_summary([own, given_up], [windows[0]]).catalogue) is given_up
