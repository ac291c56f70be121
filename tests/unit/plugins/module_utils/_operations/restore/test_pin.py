# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup of a restore is pinned, and released when it fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import (
    PROMOTED,
    ROLLING_BACK,
    SWAPPED,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.pin import pin_in_journal, pin_of_restore
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.pins import read_pins
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.pin import (
    pin_restored,
    release_restored,
    release_rolled_back,
)
from sample_plan import sample_journal
from verify_repository import FULL

STARTED = "2026-09-15T12:30:00.000000Z"
PIN = pin_of_restore("latest", started=STARTED, in_place=True)
COPY = pin_of_restore("latest", started=STARTED, in_place=False)


def test_backup_is_pinned_once_without_end_and_released_alone(chain: ClusterFolder) -> None:
    pin_restored(chain, FULL, pin=COPY)
    pin_restored(chain, FULL, pin=PIN)
    pin_restored(chain, FULL, pin=replace(PIN, since=PIN.since + timedelta(hours=1)))
    assert read_pins(chain, FULL) == (COPY, PIN)

    release_restored(chain, FULL, pin=replace(PIN, since=PIN.since + timedelta(hours=1)))
    assert read_pins(chain, FULL) == (COPY, PIN), "that one was never set"
    release_restored(chain, FULL, pin=replace(COPY, since=COPY.since + timedelta(hours=1)))
    release_restored(chain, FULL, pin=PIN)
    assert read_pins(chain, FULL) == ()


def test_pin_that_cannot_be_released_stays(chain: ClusterFolder) -> None:
    pin_restored(chain, FULL, pin=PIN)
    release_restored(chain, "20200101T000000Z-full", pin=PIN)
    release_restored(ClusterFolder("/nowhere", name="db1"), FULL, pin=PIN)
    assert read_pins(chain, FULL) == (PIN,)


@pytest.mark.parametrize(
    ("phase", "new_timeline", "stays"),
    [
        pytest.param(SWAPPED, None, False, id="was never promoted"),
        pytest.param(ROLLING_BACK, None, False, id="nor was that, of which a rollback was cut off"),
        pytest.param(PROMOTED, 3, True, id="promoted"),
        pytest.param(ROLLING_BACK, 3, True, id="promoted, and a rollback was cut off"),
    ],
)
def test_rollback_releases_what_was_never_promoted(
    phase: str, new_timeline: int | None, stays: bool, chain: ClusterFolder
) -> None:
    journal = sample_journal(phase=phase, new_timeline=new_timeline)
    journal = replace(journal, plan=replace(journal.plan, backup=FULL))
    pin_restored(chain, FULL, pin=pin_in_journal(journal))
    release_rolled_back(chain, journal)
    assert bool(read_pins(chain, FULL)) == stays
