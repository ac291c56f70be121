# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.setting_value import normal_value
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.settings import SETTINGS


@pytest.mark.parametrize(
    ("name", "text", "normal"),
    [
        ("archive_timeout", "60", "60"),
        ("archive_timeout", "1min", "60"),
        ("archive_timeout", " 2 h ", "7200"),
        ("archive_timeout", "1500ms", "2"),
        ("archive_timeout", "0x10", "16"),
        ("archive_timeout", "nonsense", "nonsense"),
        ("wal_summary_keep_time", "10d", "14400"),
        ("max_wal_senders", "10", "10"),
        ("summarize_wal", "TRUE", "on"),
        ("summarize_wal", "y", "on"),
        ("summarize_wal", "of", "off"),
        ("summarize_wal", "o", "o"),
        ("archive_mode", "Always", "always"),
        ("archive_mode", "yes", "on"),
        ("wal_level", "Replica", "replica"),
        ("archive_command", " As It Is ", " As It Is "),
    ],
)
def test_value_is_brought_to_the_form_of_pg_settings(name: str, text: str, normal: str) -> None:
    assert normal_value(SETTINGS[name], text) == normal
