# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which recovery gets its identity again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import (
    FOLLOWING,
    PAUSED,
    PROMOTED,
    ROLLING_BACK,
    STOPPED,
    SWAPPED,
    SWAPPING,
    RestoreJournal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age_identity import AgeIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.kept_identity import KeptIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.forgotten_identity import (
    lacks_identity,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.lock import restore_lock
from sample_cluster import sample_cluster
from sample_plan import sample_journal


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "data"
    made.mkdir()
    yield made
    KeptIdentity(str(made)).drop()


def journal_at(phase: str, data: Path) -> RestoreJournal:
    return sample_journal(sample_cluster(str(data)), phase=phase)


@pytest.mark.parametrize(
    ("phase", "lacks_it"),
    [
        (SWAPPING, False),
        (SWAPPED, True),
        (PAUSED, True),
        (STOPPED, True),
        (PROMOTED, False),
        (FOLLOWING, False),
        (ROLLING_BACK, False),
    ],
)
def test_recovery_that_is_still_to_run_lacks_its_identity(phase: str, lacks_it: bool, data: Path) -> None:
    assert lacks_identity(journal_at(phase, data)) == lacks_it


def test_recovery_that_is_at_work_is_left_alone(data: Path) -> None:
    """It may just have been promoted, and have forgotten its identity for good."""
    with restore_lock(str(data)):
        assert not lacks_identity(journal_at(SWAPPED, data))


def test_identity_that_is_kept_stays(data: Path) -> None:
    AgeIdentity("AGE-SECRET-KEY-1").keep_for(str(data))
    assert not lacks_identity(journal_at(PAUSED, data))


def test_directory_that_is_gone_needs_none(tmp_path: Path) -> None:
    assert not lacks_identity(journal_at(SWAPPED, tmp_path / "gone"))
