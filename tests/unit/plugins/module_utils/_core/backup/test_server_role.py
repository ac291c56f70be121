# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest import WalRange
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.server_facts import BackupFacts, Restartpoint
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.server_role import check_role, only_range
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from sample_backup_facts import sample_backup_facts

PRIMARY = sample_backup_facts()
STANDBY = replace(PRIMARY, in_recovery=True, restartpoint=Restartpoint(Lsn(1), full_page_writes=True))
TORN = replace(STANDBY, restartpoint=Restartpoint(Lsn(1), full_page_writes=False))


@pytest.mark.parametrize(
    ("facts", "allow_standby", "has_standby_signal", "code"),
    [
        pytest.param(PRIMARY, False, False, None, id="primary"),
        pytest.param(STANDBY, True, True, None, id="standby that may"),
        pytest.param(STANDBY, False, True, "server-is-standby", id="standby that may not"),
        pytest.param(STANDBY, True, False, "server-in-recovery", id="a recovery that is not over"),
        pytest.param(TORN, True, True, "full-page-writes-off", id="standby without full pages"),
    ],
)
def test_whose_backup_may_be_taken(
    facts: BackupFacts, code: str | None, *, allow_standby: bool, has_standby_signal: bool
) -> None:
    found = None
    try:
        check_role(facts, data_directory="/d", allow_standby=allow_standby, has_standby_signal=has_standby_signal)
    except PitrError as error:
        assert error.hint
        found = error.code
    assert found == code


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(PRIMARY, True, id="primary"),
        pytest.param(STANDBY, False, id="standby"),
        pytest.param(replace(STANDBY, settings={"archive_mode": "always"}), True, id="standby that always archives"),
    ],
)
def test_who_archives(facts: BackupFacts, *, expected: bool) -> None:
    assert facts.archives_itself is expected


def test_backup_across_two_timelines_is_not_kept() -> None:
    one, two = WalRange(1, Lsn(1), Lsn(2)), WalRange(2, Lsn(2), Lsn(3))
    assert only_range((one,)) == one
    with pytest.raises(PitrError) as caught:
        only_range((one, two))
    assert caught.value.code == "standby-timeline-changed"
