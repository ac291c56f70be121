# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module stream_slot."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from ..._core.errors import InvalidInput
from ..._core.postgres.cluster import Cluster
from ..._core.streaming.slot import slot_line, slot_name
from ..._io.host.runner import SystemRunner
from ..._operations.archiving.stream_slot import StreamSlot
from ..cluster import resolve_cluster
from ..cluster_facts import cluster_facts
from ..entry import Outcome, Request
from ..psycopg2_server import connect
from ..steps_diff import steps_diff

_TIMEOUT_MAX_SECONDS = 86400


def stream_slot(request: Request) -> Outcome:
    """Bring the slot into the wanted state, and see whether WAL arrives by it."""
    options = request.options
    name = slot_name(options["slot"], cluster_name=options["name"])
    timeout_seconds = options["timeout_seconds"]
    if not 0 <= timeout_seconds <= _TIMEOUT_MAX_SECONDS:
        raise InvalidInput(
            f"timeout_seconds is {timeout_seconds}, and must be 0 to {_TIMEOUT_MAX_SECONDS}",
            code="option-out-of-range",
            hint="Correct 'pitr_streaming_timeout_seconds'.",
        )
    cluster = resolve_cluster(options, runner=SystemRunner())
    with closing(connect(cluster, login_user=options["login_user"])) as server:
        slot = StreamSlot(server, name)
        is_wanted = options["state"] == "present"
        is_standby = is_wanted and server.in_recovery()
        if is_standby:
            # A slot here would keep WAL that nobody takes; the receiver makes its own after a failover.
            steps = slot.plan_on_standby()
        else:
            steps = slot.plan(is_wanted=is_wanted, is_rehearsal=request.check_mode)
        # Of a standby, too: when the receiver makes its slot there, nobody looks for a limit any more.
        warning = slot.warning(unbounded=options["unbounded"]) if is_wanted else None
        if not request.check_mode:
            slot.apply(steps)
            if is_wanted and options["prove"] and not is_standby:
                slot.prove(timeout_seconds=timeout_seconds)
        return _outcome(slot, cluster=cluster, steps=steps, warning=warning, is_standby=is_standby)


def _outcome(
    slot: StreamSlot,
    *,
    cluster: Cluster,
    steps: tuple[Any, ...] = (),
    warning: str | None = None,
    is_standby: bool = False,
) -> Outcome:
    use = slot.use()
    values = {
        "slot": slot.name,
        "exists": use is not None,
        "streams": use is not None and use.is_active,
        "flushed_lsn": (use.flushed or None) if use else None,
        "kept_bytes": use.kept_bytes if use else None,
        "limit_bytes": slot.limit_bytes(),
        "wal_status": (use.wal_status or None) if use else None,
        "standby": is_standby,
        "line": slot_line(slot.name, use),
        "steps": [str(step) for step in steps],
        "cluster": cluster_facts(cluster),
    }
    return Outcome(bool(steps), values, diff=steps_diff(steps), warnings=(warning,) if warning else ())


__all__ = ("stream_slot",)
