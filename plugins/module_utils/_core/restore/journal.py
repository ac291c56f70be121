# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of a restore: what has to be known to finish it or to roll it back after a crash at any point."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import Damaged, InvalidInput
from ..instant import format_instant, parse_instant
from ..json_fields import load_json, mapping_of
from ..postgres.cluster import Cluster, ServiceName
from ..recovery.settings import returning_settings
from ..wal.lsn import Lsn
from ..wal.segment import SegmentSize
from .journal_fields import check_journal
from .recorded_plan import RecordedPlan
from .recovery_proof import Reached
from .request import RestoreRequest
from .swap.swap_pair import SwapPair

SWAPPING = "swapping"
SWAPPED = "swapped"
PROMOTED = "promoted"
PAUSED = "paused"
STOPPED = "stopped"
FOLLOWING = "following"
# The word in journals of every version.
ROLLING_BACK = "undoing"
_FINISHED = (PROMOTED, PAUSED, STOPPED, FOLLOWING)
_FORMAT = 1


@dataclass(frozen=True)
class RestoreJournal:
    """One restore from the moment before the first change of the living cluster.

    ``source`` is the cluster as it was before, ``directory`` and ``port`` are the restored server's. ``staged`` are the
    settings in its postgresql.auto.conf, ``earlier_auto`` are the lines that stood there before and come back when the
    recovery is over. ``started`` is ISO 8601 in UTC.
    ``wal_end`` is how far the old cluster's WAL reached when it was stopped (``None``: unknown). ``reached`` and
    ``new_timeline`` are ``None`` until the recovery is over; one that is paused or stopped has no new timeline.
    """

    phase: str
    source: Cluster
    in_place: bool
    directory: str
    port: int
    pairs: tuple[SwapPair, ...]
    was_running: bool
    plan: RecordedPlan
    staged: Mapping[str, str]
    earlier_auto: str
    hot_standby: bool
    started: str
    wal_end: Lsn | None = None
    reached: Reached | None = None
    new_timeline: int | None = None

    @classmethod
    def parse(cls, text: str) -> RestoreJournal:
        """Read the file's text. Raises Damaged (``journal-damaged``).

        Version 0.1.0 kept the whole postgresql.auto.conf in ``earlier_auto``; what is not needed is dropped.
        """
        try:
            record = dict(mapping_of(load_json(text), "the journal"))
            if record.pop("format") != _FORMAT:
                raise ValueError("unknown format")
            check_journal(record)
            reached, wal_end = record.pop("reached"), record.pop("wal_end")
            earlier = returning_settings(record.pop("earlier_auto"), staged=record["staged"])
            return cls(
                source=_cluster(record.pop("source")),
                pairs=tuple(SwapPair.parse(pair) for pair in record.pop("pairs")),
                plan=RecordedPlan.parse(record.pop("plan")),
                wal_end=Lsn.parse(wal_end) if wal_end else None,
                reached=_reached(reached) if reached else None,
                new_timeline=reached.get("new_timeline"),
                earlier_auto=earlier,
                **record,
            )
        except (ValueError, KeyError, TypeError, AttributeError, InvalidInput) as error:
            raise Damaged(
                f"the journal of a restore cannot be read: {error}",
                code="journal-damaged",
                hint="It lies beside the data directory; look at the directories there and put the right one in place.",
            ) from error

    def __str__(self) -> str:
        record = {
            "format": _FORMAT,
            "phase": self.phase,
            "source": asdict(self.source),
            "in_place": self.in_place,
            "directory": self.directory,
            "port": self.port,
            "pairs": [pair.to_dict() for pair in self.pairs],
            "was_running": self.was_running,
            "plan": self.plan.to_record(),
            "staged": dict(self.staged),
            "earlier_auto": self.earlier_auto,
            "hot_standby": self.hot_standby,
            "started": self.started,
            "wal_end": None if self.wal_end is None else str(self.wal_end),
            "reached": self._reached_to_dict(),
        }
        return json.dumps(record, indent=1) + "\n"

    def _reached_to_dict(self) -> dict[str, Any]:
        if self.reached is None:
            return {}
        opened = {} if self.new_timeline is None else {"new_timeline": self.new_timeline}
        return {**reached_to_dict(self.reached), **opened}

    @property
    def is_finished(self) -> bool:
        """Whether the restore came to its end: promoted, paused or stopped as it was meant."""
        return self.phase in _FINISHED

    @property
    def is_waiting(self) -> bool:
        """Whether the recovery stands at its target and can still be promoted."""
        return self.phase in (PAUSED, STOPPED)

    @property
    def was_promoted(self) -> bool:
        """Whether it had been promoted, even if it is being rolled back by now."""
        return self.phase == PROMOTED or self.new_timeline is not None

    @property
    def is_only_copy(self) -> bool:
        """Whether it came into the place of nothing and is in use, so that a rollback would leave nothing there."""
        return self.in_place and self.source.is_lost and self.phase in (PROMOTED, FOLLOWING)

    @property
    def server_action(self) -> str:
        """What PostgreSQL itself does at the target."""
        return self.staged["recovery_target_action"]

    @property
    def restored(self) -> Cluster:
        """The restored server as a cluster; in place it is the source with nothing known of a running process."""
        if self.in_place:
            return replace(self.source, running=False, postmaster_pid=None, is_lost=False)
        return copy_of(self.source, directory=self.directory, port=self.port)

    def at(self, phase: str, **changes: Any) -> RestoreJournal:
        """The journal at a later phase."""
        return replace(self, phase=phase, **changes)

    def restores_same(self, request: RestoreRequest, *, directory: str) -> bool:
        """Whether a restore into ``directory`` leads to where this one went: cluster, place, target and its edges.

        A standby and a cluster of its own are two things. Nothing else is asked: what was restored is not thrown away
        again for another setting.
        """
        plan = self.plan
        went = (plan.cluster, plan.target.meaning, plan.in_place, plan.data_directory, plan.standby)
        return went == (request.name, request.target.meaning, request.in_place, directory, request.standby)


def copy_of(source: Cluster, *, directory: str, port: int) -> Cluster:
    """The self-contained copy of a cluster in another directory, which nobody but ``pg_ctl`` owns."""
    return replace(
        source,
        data_directory=directory,
        port=port,
        config_file=f"{directory}/postgresql.conf",
        hba_file=f"{directory}/pg_hba.conf",
        ident_file=f"{directory}/pg_ident.conf",
        service=ServiceName("pg_ctl"),
        running=False,
        postmaster_pid=None,
        start_options=(),
        log_file=None,
        debian_name=None,
        tablespaces={},
        wal_directory=None,
    )


def reached_to_dict(reached: Reached) -> dict[str, Any]:
    """The point reached as plain data."""
    moment = format_instant(reached.moment) if reached.moment else None
    return {"lsn": str(reached.lsn), "time": moment, "timeline": reached.timeline}


def _reached(record: Mapping[str, Any]) -> Reached:
    moment = parse_instant(record["time"]) if record["time"] else None
    return Reached(Lsn.parse(record["lsn"]), moment, record["timeline"])


def _cluster(record: dict[str, Any]) -> Cluster:
    record["service"] = ServiceName(**record["service"])
    record["segment_size"] = SegmentSize(**record["segment_size"])
    record["start_options"] = tuple(record["start_options"])
    record["tablespaces"] = {int(oid): location for oid, location in record["tablespaces"].items()}
    return Cluster(**record)


__all__ = (
    "FOLLOWING",
    "PAUSED",
    "PROMOTED",
    "ROLLING_BACK",
    "STOPPED",
    "SWAPPED",
    "SWAPPING",
    "RestoreJournal",
    "copy_of",
    "reached_to_dict",
)
