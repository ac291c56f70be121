# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A staged directory recovers, and an unstaged one does not."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.configuration.recovery_staging import (
    restage_action,
    stage_recovery,
    unstage_recovery,
)

SETTINGS = {"restore_command": "get '%f'", "recovery_target_action": "shutdown", "recovery_target_xid": "745"}
BEFORE = "work_mem = '64MB'\nrestore_command = 'cp'\nprimary_conninfo = 'password=x'\nrecovery_target_name = 'old'\n"


def test_recovery_is_staged_and_taken_out_again(tmp_path: Path) -> None:
    auto = tmp_path / "postgresql.auto.conf"
    auto.write_text(BEFORE)
    (tmp_path / "standby.signal").touch()

    before = stage_recovery(str(tmp_path), SETTINGS)

    assert before == "restore_command = 'cp'\n", "of the file before, nothing else is needed"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["postgresql.auto.conf", "recovery.signal"]
    assert auto.read_text() == (
        "work_mem = '64MB'\nprimary_conninfo = 'password=x'\nrestore_command = 'get ''%f'''\n"
        "recovery_target_action = 'shutdown'\nrecovery_target_xid = '745'\n"
    )
    assert unstage_recovery(str(tmp_path), staged=SETTINGS, before=before)
    assert [path.name for path in tmp_path.iterdir()] == ["postgresql.auto.conf"]
    assert auto.read_text() == "work_mem = '64MB'\nprimary_conninfo = 'password=x'\nrestore_command = 'cp'\n"
    assert not unstage_recovery(str(tmp_path), staged=SETTINGS, before=before)


def test_action_of_a_stopped_recovery_can_be_changed(tmp_path: Path) -> None:
    stage_recovery(str(tmp_path), SETTINGS)
    assert restage_action(str(tmp_path), staged=SETTINGS, action="promote")["recovery_target_action"] == "promote"
    text = (tmp_path / "postgresql.auto.conf").read_text()
    assert "recovery_target_action = 'promote'" in text and "shutdown" not in text
    assert text.count("recovery_target_xid") == 1
