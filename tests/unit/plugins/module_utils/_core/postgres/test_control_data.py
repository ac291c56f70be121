# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.control_data import ControlData
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from fixture_files import FIXTURES


def _output(version: int) -> str:
    return (FIXTURES / f"pg_controldata-{version}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("version", "control_version", "checksums"),
    [
        pytest.param(15, 1300, False, id="15"),
        pytest.param(16, 1300, False, id="16"),
        pytest.param(18, 1800, True, id="18"),
    ],
)
def test_output_of_every_version_is_read(version: int, control_version: int, checksums: bool) -> None:
    control = ControlData.parse(_output(version))

    assert control.control_version == control_version
    assert control.data_checksums is checksums
    assert control.system_identifier.isdigit()
    assert control.timeline == 1
    assert control.segment_size.size_bytes == 16 * 1024 * 1024
    assert control.wal_level == "replica"
    assert control.hot_standby_settings == {
        "max_connections": 100,
        "max_worker_processes": 8,
        "max_wal_senders": 10,
        "max_prepared_transactions": 0,
        "max_locks_per_transaction": 64,
    }


def test_times_are_utc_and_positions_are_positions() -> None:
    control = ControlData.parse(_output(18))

    assert control.checkpoint_time == datetime(2026, 11, 22, 15, 27, 42, tzinfo=timezone.utc)
    assert control.redo_lsn == Lsn.parse("0/16ED420")
    assert control.min_recovery_end == Lsn(0)
    assert control.shut_down_cleanly
    assert not control.in_recovery


@pytest.mark.parametrize(
    ("state", "in_recovery", "clean"),
    [
        ("shut down", False, True),
        ("shut down in recovery", True, True),
        ("in archive recovery", True, False),
        ("in crash recovery", False, False),
        ("in production", False, False),
    ],
)
def test_state_says_whether_it_recovers_and_ended_cleanly(state: str, in_recovery: bool, clean: bool) -> None:
    control = ControlData.parse(_output(15).replace("shut down", state))

    assert (control.in_recovery, control.shut_down_cleanly) == (in_recovery, clean)


def test_output_that_lacks_a_line_is_damaged() -> None:
    text = "\n".join(line for line in _output(15).splitlines() if not line.startswith("Latest checkpoint's TimeLineID"))

    with pytest.raises(Damaged) as caught:
        ControlData.parse(text)
    assert caught.value.code == "control-data-unreadable"
    assert "TimeLineID" in caught.value.message


@pytest.mark.parametrize(
    ("checkpoint", "recovered", "expected"),
    [
        pytest.param(1, 0, 1, id="no recovery"),
        pytest.param(1, 2, 2, id="promoted before its first checkpoint"),
        pytest.param(3, 2, 3, id="of the recovery before"),
    ],
)
def test_newest_timeline_is_known_before_its_first_checkpoint(checkpoint: int, recovered: int, expected: int) -> None:
    control = ControlData.parse(_output(18))
    assert replace(control, timeline=checkpoint, min_recovery_end_timeline=recovered).newest_timeline == expected
