# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan and the journal of its restore, for tests that care for little of them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import Chain
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.disk_space import DiskNeed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import SWAPPED, RestoreJournal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.placement import Placement
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.plan import RestorePlan
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.recorded_plan import RecordedPlan
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.replay import Loss, Replay
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import sibling_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.search import StopPoint
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import COMMIT, WalEvent
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from sample_backup import sample_backup
from sample_cluster import sample_cluster

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=timezone.utc)
BACKUP = sample_backup(size_bytes=2 * 1024**3)
COMMITTED = WalEvent(Lsn.parse("0/5000028"), COMMIT, xid=745, moment=NOON)
REQUEST = RestoreRequest("db1", RecoveryTarget.parse("time", "2026-09-15T14:30:00+02:00"))
REPLAY = Replay(
    stop=StopPoint(BACKUP, 1, Lsn.parse("0/5000200"), COMMITTED, None),
    chain=Chain((BACKUP,)),
    current_timeline=2,
    wal=(SegmentRange(1, 3, 6),),
    from_live=("000000010000000000000005",),
    loss=Loss(3, complete=False, last=COMMITTED),
)
IN_PLACE = Placement(
    directory="/pg/data", port=5432, base="/pg/data.pitr-new", spaces={}, links={}, pairs=(sibling_pair("/pg/data"),)
)
BESIDE = Placement(directory="/copy", port=5499, base="/copy", spaces={}, links={})
PLAN = RestorePlan(
    request=REQUEST,
    replay=REPLAY,
    placement=IN_PLACE,
    disks=(DiskNeed("/pg", 3 * 1024**3, 5 * 1024**3),),
    hot_standby=True,
    notes=("look out",),
)


def sample_journal(source: Cluster | None = None, **known: Any) -> RestoreJournal:
    """The journal of `PLAN` after the swap, of this cluster, but for what is given."""
    cluster = source or sample_cluster()
    values: dict[str, Any] = {
        "phase": SWAPPED,
        "in_place": True,
        "directory": cluster.data_directory,
        "port": cluster.port,
        "pairs": (sibling_pair(cluster.data_directory),),
        "was_running": True,
        "plan": RecordedPlan.of(PLAN),
        "staged": {"restore_command": "get '%f'", "recovery_target_action": "pause"},
        "earlier_auto": "restore_command = 'cp'\n",
        "hot_standby": True,
        "started": "2026-09-15T12:30:00.000000Z",
    }
    return RestoreJournal(source=cluster, **{**values, **known})
