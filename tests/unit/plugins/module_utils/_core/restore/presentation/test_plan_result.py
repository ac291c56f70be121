# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request comes to: a plan, or a restore that is there already."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import PAUSED, PROMOTED, STOPPED
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.presentation.plan_result import (
    already_to_dict,
    changes_action,
    planned_to_dict,
)
from sample_plan import BESIDE, PLAN, REQUEST, sample_journal


def test_plan_comes_with_its_text_and_what_confirms_it() -> None:
    found = planned_to_dict(PLAN, journal_path="/pg/data.pitr-journal.json", hostname="one")
    assert found["plan_text"] == "\n".join(found["plan_lines"])
    assert found["confirmation"] == "db1@2026-09-15T14:30:00+02:00"
    assert (found["already"], found["data_directory"], found["port"]) == (False, "/pg/data", 5432)
    assert found["journal"] == "/pg/data.pitr-journal.json"
    assert (found["hostname"], found["system_identifier"]) == ("one", PLAN.replay.stop.backup.system_identifier)
    copy = replace(PLAN, request=replace(REQUEST, directory="/copy", port=5499), placement=BESIDE)
    assert planned_to_dict(copy, journal_path="", hostname="one")["confirmation"] is None


@pytest.mark.parametrize(
    ("phase", "action", "changes"),
    [
        pytest.param(PAUSED, "promote", False, id="as it was asked for"),
        pytest.param(PAUSED, "shutdown", True, id="something else of one that waits"),
        pytest.param(STOPPED, "pause", True, id="something else of one that has stopped"),
        pytest.param(PROMOTED, "pause", False, id="too late"),
    ],
)
def test_recovery_that_waits_takes_another_action(phase: str, action: str, changes: bool) -> None:
    request, journal = replace(REQUEST, action=action), sample_journal(phase=phase)
    assert changes_action(request, journal) is changes
    found = already_to_dict(request, journal, journal_path="/j", hostname="one")
    first, second = found["plan_lines"]
    assert first.startswith("already       restored to time 2026-09-15T14:30:00+02:00, inclusive, begun 2026-09-15T12")
    note = "note          set 'pitr_restore_again' to do it once more"
    assert second == (f"then          {action}" if changes else note)
    assert (found["already"], found["journal"], found["plan"]["backup"]) == (True, "/j", journal.plan.backup)
