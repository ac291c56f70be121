# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.settings import (
    HOT_STANDBY_SETTINGS,
    RECOVERY_TARGET_SETTINGS,
    SETTINGS,
    settings_in,
)


def test_settings_appear_with_their_version() -> None:
    assert "summarize_wal" not in settings_in(16)
    assert "summarize_wal" in settings_in(17)
    assert "archive_library" not in settings_in(14)


def test_hot_standby_and_target_settings_need_a_restart() -> None:
    assert all(SETTINGS[name].needs_restart for name in (*HOT_STANDBY_SETTINGS, *RECOVERY_TARGET_SETTINGS))
    assert len(HOT_STANDBY_SETTINGS) == 5
    assert not SETTINGS["archive_command"].needs_restart
