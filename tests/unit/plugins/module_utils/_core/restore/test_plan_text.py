# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import Chain
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.plan import DiskNeed, Loss, RestorePlan
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.plan_text import plan_facts, plan_lines
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap_pair import sibling_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.search import StopPoint
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import COMMIT, WalEvent
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from sample_backup import sample_backup

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=timezone.utc)
BACKUP = sample_backup(size_bytes=2 * 1024**3)
COMMITTED = WalEvent(Lsn.parse("0/5000028"), COMMIT, xid=745, moment=NOON)
PLAN = RestorePlan(
    request=RestoreRequest("db1", RecoveryTarget.parse("time", "2026-09-15T14:30:00+02:00")),
    chain=Chain((BACKUP,)),
    place=StopPoint(BACKUP, 1, Lsn.parse("0/5000200"), COMMITTED, None),
    current_timeline=2,
    first_segment="000000010000000000000003",
    last_segment="000000010000000000000005",
    segment_count=3,
    from_live=("000000010000000000000005",),
    directory="/pg/data",
    port=5432,
    unpack_base="/pg/data.pitr-new",
    unpack_into={},
    links={},
    wal_link=None,
    pairs=(sibling_pair("/pg/data"),),
    empty_directories=(),
    disks=(DiskNeed("/pg", 3 * 1024**3, 5 * 1024**3),),
    loss=Loss(3, complete=False, last=COMMITTED),
    hot_standby=True,
    notes=("look out",),
)


def text_of(plan: RestorePlan) -> str:
    return "\n".join(plan_lines(plan))


def test_chain_is_told_link_by_link() -> None:
    later = replace(BACKUP, label="20260915T120000Z-incremental", type="incremental", parent=BACKUP.label, size_bytes=1)
    plan = replace(PLAN, chain=Chain((BACKUP, later)), place=replace(PLAN.place, backup=later))
    assert f"{BACKUP.label} + {later.label}" in text_of(plan)
    assert plan_facts(plan)["chain"] == [BACKUP.label, later.label]
    assert "chain" not in text_of(PLAN)


def test_everything_that_matters_is_said() -> None:
    text = text_of(PLAN)
    for words in (
        "time 2026-09-15T14:30:00+02:00, inclusive",
        "20260915T110000Z-full",
        "1 (the cluster is on 2)",
        "0/5000200, after transaction 745 of 2026-09-15T12:00:00.000000Z",
        "(3 segments), 1 of them still only in the cluster's own pg_wal",
        "3.00 GiB on the file system of /pg (5.00 GiB free)",
        "/pg/data, which is kept as /pg/data.pitr-old for 'rollback'",
        "at least 3 commits after the target, the last of 2026-09-15T12:00:00.000000Z",
        "look out",
        'pitr_restore_confirm: "db1@2026-09-15T14:30:00+02:00"',
    ):
        assert words in text


def test_copy_replaces_and_loses_nothing_and_needs_no_confirmation() -> None:
    request = replace(PLAN.request, directory="/copy", port=5499)
    text = text_of(replace(PLAN, request=request, directory="/copy", port=5499, pairs=()))
    assert "nothing: the copy comes to /copy, port 5499, with archiving off" in text
    assert "confirm" not in text


def test_plan_as_data_is_plain() -> None:
    facts = plan_facts(PLAN)
    assert facts["last_replayed"] == {
        "lsn": "0/5000028",
        "kind": "commit",
        "xid": 745,
        "time": "2026-09-15T12:00:00.000000Z",
    }
    assert facts["first_not_replayed"] is None
    assert facts["kept_directory"] == "/pg/data.pitr-old"
    assert facts["loss"]["complete"] is False
