# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the backup history file."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.backup_history import BackupHistory

# As PostgreSQL 15 writes it.
WHOLE = """\
START WAL LOCATION: 0/2000028 (file 000000010000000000000002)
STOP WAL LOCATION: 0/2000100 (file 000000010000000000000002)
CHECKPOINT LOCATION: 0/2000060
BACKUP METHOD: streamed
BACKUP FROM: primary
START TIME: 2026-11-22 15:00:00 UTC
LABEL: pgfleet 20261122T150000Z-full
START TIMELINE: 1
STOP TIME: 2026-11-22 15:00:04 UTC
STOP TIMELINE: 1
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(WHOLE, ("pgfleet 20261122T150000Z-full", "000000010000000000000002"), id="whole"),
        pytest.param(
            WHOLE.replace("LABEL: pgfleet 20261122T150000Z-full", "LABEL: "),
            ("", "0" * 7 + "1" + "0" * 15 + "2"),
            id="no label given",
        ),
        pytest.param(WHOLE.partition("CHECKPOINT")[0], None, id="label not written yet"),
        pytest.param(WHOLE.replace("STOP WAL", "END WAL"), None, id="another format"),
        pytest.param("", None, id="empty"),
    ],
)
def test_history(text: str, expected: tuple[str, str] | None) -> None:
    found = BackupHistory.parse(text)
    assert (None if found is None else (found.label, found.last_segment)) == expected
