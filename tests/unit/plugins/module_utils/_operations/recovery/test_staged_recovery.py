# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which restore may be recovered."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import (
    PAUSED,
    PROMOTED,
    ROLLING_BACK,
    SWAPPED,
    SWAPPING,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.staged_recovery import find_staged
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.journal import write_journal
from sample_cluster import sample_cluster
from sample_plan import sample_journal


def test_nothing_staged_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        find_staged(str(tmp_path / "data"))
    assert caught.value.code == "restore-missing"


@pytest.mark.parametrize(
    ("phase", "is_staged"),
    [(SWAPPED, True), (PAUSED, True), (PROMOTED, True), (SWAPPING, False), (ROLLING_BACK, False)],
)
def test_interrupted_restore_is_not_recovered(tmp_path: Path, phase: str, is_staged: bool) -> None:
    me = pwd.getpwuid(os.geteuid()).pw_name
    journal = sample_journal(sample_cluster(str(tmp_path / "data"), os_user=me), phase=phase)
    write_journal(journal)
    if is_staged:
        found, read = find_staged(journal.directory)
        assert (read, found.journal, found.is_current) == (journal, journal, True)
        return
    with pytest.raises(Refused, match=f"it is {phase}") as caught:
        find_staged(journal.directory)
    assert caught.value.code == "restore-unfinished"
