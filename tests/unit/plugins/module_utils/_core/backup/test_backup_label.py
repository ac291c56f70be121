# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.backup_label import BackupLabel
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged

TEXT = """START WAL LOCATION: 0/2000028 (file 000000010000000000000002)
CHECKPOINT LOCATION: 0/2000060
BACKUP METHOD: streamed
BACKUP FROM: primary
START TIME: 2026-11-22 16:21:27 UTC
LABEL: pg_basebackup base backup
START TIMELINE: 1
"""


def test_label_survives_the_round_trip() -> None:
    label = BackupLabel.parse(TEXT)
    assert str(label) == TEXT
    assert (str(label.start_lsn), label.timeline, label.source) == ("0/2000028", 1, "primary")
    assert label.first_segment == "000000010000000000000002"


@pytest.mark.parametrize("number", range(len(TEXT.splitlines())))
def test_a_missing_line_is_damage(number: int) -> None:
    lines = TEXT.splitlines(keepends=True)
    with pytest.raises(Damaged) as caught:
        BackupLabel.parse("".join(lines[:number] + lines[number + 1 :]))
    assert caught.value.code == "backup-label-damaged"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (r"START WAL LOCATION: \S+", "START WAL LOCATION: 123456789/0"),
        (r"CHECKPOINT LOCATION: \S+", "CHECKPOINT LOCATION: 0/123456789"),
        (r"START TIMELINE: \d+", "START TIMELINE: " + "9" * 5000),
        (r"\Z", "INCREMENTAL FROM LSN: nowhere\n"),
    ],
)
def test_a_line_with_what_no_server_writes_is_damage(before: str, after: str) -> None:
    with pytest.raises(Damaged) as caught:
        BackupLabel.parse(re.sub(before, after, TEXT, count=1))
    assert caught.value.code == "backup-label-damaged"
