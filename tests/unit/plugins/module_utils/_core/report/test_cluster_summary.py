# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.gap import Gap
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.cluster_summary import GapLoss
from sample_summary import backup_ended, moment, sample_summary, window_of

BACKUPS = [backup_ended(4, "b1"), backup_ended(2, "b2"), backup_ended(-3, "b3")]


def test_age_of_a_backup_is_never_negative() -> None:
    summary = sample_summary(BACKUPS)
    assert [summary.age_seconds(backup) for backup in BACKUPS] == [4 * 3600, 2 * 3600, 0]


def test_backup_without_a_whole_chain_has_no_links() -> None:
    summary = sample_summary(BACKUPS, links={"b2": 3}, without_chain=["b1"])
    assert [summary.chain_links(backup) for backup in BACKUPS] == [0, 3, 1]


def test_first_moment_is_that_of_the_window_that_begins_first() -> None:
    windows = [window_of("10:00", "11:00"), window_of("08:00", None, timeline=2)]
    assert sample_summary(windows=windows).recoverable_from == moment("08:00")
    assert sample_summary().recoverable_from is None


def test_gap_ends_some_windows_and_another_begins_behind_it() -> None:
    windows = [window_of("08:00", "09:00"), window_of("08:00", None, timeline=2), window_of("10:00", None)]
    summary = sample_summary(windows=windows)
    assert summary.loss_by(Gap("S1", "S1", ended=(0, 1), resumed=2)) == GapLoss((windows[0], windows[1]), windows[2])
    assert summary.loss_by(Gap("S9", "S9")) == GapLoss((), None)


def test_moments_that_a_gap_costs() -> None:
    early, late, unknown = window_of("08:00", "09:00"), window_of("08:00", "09:30"), window_of("08:00", None)
    loss = GapLoss((early, late, unknown), window_of("10:00", None))
    assert (loss.since, loss.until) == (moment("09:30"), moment("10:00"))
    assert (GapLoss((unknown,), None).since, GapLoss((), None).until) == (None, None)
