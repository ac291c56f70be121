# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan in words."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import Chain
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.plan import RestorePlan
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.presentation.plan_text import plan_lines
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.replay import Loss
from sample_plan import BACKUP, BESIDE, IN_PLACE, PLAN, REPLAY


def text_of(plan: RestorePlan) -> str:
    return "\n".join(plan_lines(plan))


def test_chain_is_told_link_by_link() -> None:
    later = replace(BACKUP, label="20260915T120000Z-incremental", type="incremental", parent=BACKUP.label, size_bytes=1)
    replay = replace(REPLAY, chain=Chain((BACKUP, later)), stop=replace(REPLAY.stop, backup=later))
    assert f"{BACKUP.label} + {later.label}" in text_of(replace(PLAN, replay=replay))
    assert "chain" not in text_of(PLAN)


def test_everything_that_matters_is_said() -> None:
    text = text_of(PLAN)
    for words in (
        "time 2026-09-15T14:30:00+02:00, inclusive",
        "20260915T110000Z-full",
        "1 (the cluster is on 2)",
        "0/5000200, after transaction 745 of 2026-09-15T12:00:00.000000Z",
        "(3 segments), 1 of them not archived yet",
        "3.00 GiB on the file system of /pg (5.00 GiB free)",
        "/pg/data, which is kept as /pg/data.pitr-old for 'rollback'",
        "at least 3 commits after the target, the last of 2026-09-15T12:00:00.000000Z",
        "look out",
        'pitr_restore_confirm: "db1@2026-09-15T14:30:00+02:00"',
    ):
        assert words in text


def test_copy_replaces_and_loses_nothing_and_needs_no_confirmation() -> None:
    request = replace(PLAN.request, directory="/copy", port=5499)
    silenced = {"archive_mode": "off", "synchronous_standby_names": ""}
    text = text_of(replace(PLAN, request=request, placement=BESIDE, silenced=silenced))
    assert "nothing: the copy comes to /copy, port 5499\n" in text
    assert "acts on       nobody, by archive_mode = off, synchronous_standby_names = ''\n" in text
    assert "confirm" not in text


def test_settings_of_the_user_are_named_without_their_values() -> None:
    request = replace(PLAN.request, settings={"work_mem": "7MB", "primary_conninfo": "password=canary"})
    text = text_of(replace(PLAN, request=request))
    assert "settings      work_mem, primary_conninfo\n" in text
    assert "canary" not in text
    assert "acts on" not in text


def test_lost_data_directory_is_not_replaced() -> None:
    plan = replace(PLAN, placement=replace(IN_PLACE, is_lost=True), replay=replace(REPLAY, loss=Loss()))
    assert "replaces      nothing: /pg/data is gone" in text_of(plan)
    assert "loses         no commits" in text_of(plan)
