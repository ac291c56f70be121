# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recovery that opens a rolled-back cluster on a new timeline reads its own WAL alone."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.new_timeline import (
    newer_timelines,
    standalone_arguments,
)
from sample_cluster import sample_cluster


@pytest.mark.parametrize(
    ("known", "newer"),
    [
        pytest.param([], (), id="nothing archived"),
        pytest.param([1], (), id="its own"),
        pytest.param([1, 2, 2, 5], (2, 5), id="given up"),
    ],
)
def test_timelines_above_the_own_are_found(known: list[int], newer: tuple[int, ...]) -> None:
    assert newer_timelines(known, than=1) == newer


@pytest.mark.parametrize(("version", "summarizes"), [(15, False), (16, False), (17, True), (18, True)])
def test_arguments_end_with_what_no_file_and_no_option_overrides(version: int, summarizes: bool) -> None:
    cluster = sample_cluster("/srv/data", version=version, start_options=("-c", "restore_command=other"))
    program, mode, *_rest, database = standalone_arguments(cluster)
    settings = [word for word in standalone_arguments(cluster) if "=" in word]
    assert (program, mode, database) == (cluster.program("postgres"), "--single", "template1")
    assert settings[0] == f"config_file={cluster.config_file}"
    assert settings.index("restore_command=false") > settings.index("restore_command=other")
    assert "recovery_target_timeline=current" in settings and "recovery_target_time=" in settings
    assert ("summarize_wal=off" in settings) == summarizes
