# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers and names in a request for a backup."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.request import (
    BackupRequest,
    ChainLimits,
    check_backup_request,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(BackupRequest(max_age_seconds=-1), id="age"),
        pytest.param(BackupRequest(timeout_seconds=-1), id="time limit"),
        pytest.param(BackupRequest(max_rate_kib=31), id="rate too low"),
        pytest.param(BackupRequest(max_rate_kib=1048577), id="rate too high"),
        pytest.param(BackupRequest(limits=ChainLimits(full_every_days=-1)), id="days"),
        pytest.param(BackupRequest(limits=ChainLimits(max_incrementals=-1)), id="number of incremental ones"),
        pytest.param(BackupRequest(limits=ChainLimits(max_chain_percent=100001)), id="share"),
    ],
)
def test_numbers_that_make_no_sense(asked: BackupRequest) -> None:
    check_backup_request(BackupRequest())
    with pytest.raises(InvalidInput) as caught:
        check_backup_request(asked)
    assert caught.value.code == "option-out-of-range"


def test_faults_are_accepted_by_their_names() -> None:
    check_backup_request(BackupRequest(accepted_faults=("truncated-and-regrown", "visibility-map-tail")))
    with pytest.raises(InvalidInput) as caught:
        check_backup_request(BackupRequest(accepted_faults=("truncated-and-regrown", "all")))
    assert caught.value.code == "fault-unknown"
    assert "'all'" in caught.value.message and "truncated-and-regrown" in caught.value.hint
