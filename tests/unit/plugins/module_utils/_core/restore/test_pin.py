# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pin of a restore, and the command that releases it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.instant import parse_instant
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.pin import (
    is_pinned,
    pin_in_journal,
    pin_of_restore,
    unpin_line,
)
from sample_plan import REQUEST, sample_journal

STARTED = "2026-09-15T12:30:00.000000Z"


def test_pin_of_a_copy_ends_by_itself() -> None:
    since = parse_instant(STARTED)
    reason = "restored to latest"
    assert pin_of_restore("latest", started=STARTED, in_place=True) == Pin(reason, since, None)
    assert pin_of_restore("latest", started=STARTED, in_place=False) == Pin(reason, since, since + timedelta(days=2))


def test_journal_knows_its_pin_and_how_it_is_released() -> None:
    journal = sample_journal()
    assert pin_in_journal(journal) == pin_of_restore(str(REQUEST.target), started=STARTED, in_place=True)
    assert unpin_line(journal) == (
        "pgpitr unpin 20260915T110000Z-full --cluster db1 --reason 'restored to 2026-09-15T14:30:00+02:00'"
    )


def test_nobody_has_to_release_what_a_copy_or_a_standby_came_from() -> None:
    journal = sample_journal()
    copy, standby = replace(journal, in_place=False), replace(journal, plan=replace(journal.plan, standby=True))
    assert [is_pinned(each) for each in (journal, copy, standby)] == [True, False, False]
    assert pin_in_journal(standby).until == parse_instant(STARTED) + timedelta(days=2)
