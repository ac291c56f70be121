# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a restore as its journal keeps it and as results show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..instant import format_instant, parse_instant
from ..target.recovery_target import RecoveryTarget
from ..wal.event import WalEvent
from ..wal.lsn import Lsn
from .disk_space import DiskNeed
from .intent import intent_of, read_intent
from .plan import RestorePlan
from .replay import Loss

# What is written as it is.
_PLAIN = (
    "cluster",
    "action",
    "in_place",
    "backup",
    "timeline",
    "current_timeline",
    "first_segment",
    "last_segment",
    "segments",
    "data_directory",
    "port",
    "data_directory_lost",
    "kept_directory",
)


@dataclass(frozen=True)
class RecordedPlan:
    """What of a plan is wanted once it is being carried out, and what people are shown of it.

    ``backup`` and ``chain`` are labels. ``last_replayed`` is the last end of a transaction before the stop (``None``:
    none since the backup), ``first_not_replayed`` the first one behind it (``None``: none is known). ``silenced`` are
    the settings that keep a copy from acting on anybody, ``settings`` the names of those that the user wants: their
    values may be secret. ``successor``: this host had never seen the cluster, and becomes its writer;
    ``standby``: it follows its primary. ``intent`` is what was asked for; people are not shown it, for a digest of
    secrets is in it.
    """

    cluster: str
    target: RecoveryTarget
    action: str
    in_place: bool
    backup: str
    chain: tuple[str, ...]
    backup_stop_time: datetime
    backup_stop_lsn: Lsn
    timeline: int
    current_timeline: int
    stop_lsn: Lsn
    last_replayed: WalEvent | None
    first_not_replayed: WalEvent | None
    first_segment: str
    last_segment: str
    segments: int
    segments_not_archived: tuple[str, ...]
    data_directory: str
    port: int
    data_directory_lost: bool
    kept_directory: str | None
    tablespaces: Mapping[int, str]
    disks: tuple[DiskNeed, ...]
    loss: Loss
    notes: tuple[str, ...]
    silenced: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    successor: bool = False
    standby: bool = False
    intent: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: RestorePlan) -> RecordedPlan:
        """The plan, without what only its execution needs."""
        replay, placement, backup = plan.replay, plan.placement, plan.replay.stop.backup
        return cls(
            cluster=plan.request.name,
            target=plan.request.target,
            action=plan.request.action,
            in_place=plan.request.in_place,
            backup=backup.label,
            chain=tuple(link.label for link in replay.chain.links),
            backup_stop_time=backup.stop_time,
            backup_stop_lsn=backup.stop_lsn,
            timeline=replay.stop.timeline,
            current_timeline=replay.current_timeline,
            stop_lsn=replay.stop.lsn,
            last_replayed=replay.stop.before,
            first_not_replayed=replay.stop.after,
            first_segment=replay.first_segment,
            last_segment=replay.last_segment,
            segments=replay.segment_count,
            segments_not_archived=replay.from_live,
            data_directory=placement.directory,
            port=placement.port,
            data_directory_lost=placement.is_lost,
            kept_directory=placement.kept_directory,
            tablespaces=placement.links,
            disks=plan.disks,
            loss=replay.loss,
            notes=plan.notes,
            silenced=plan.silenced,
            settings=tuple(plan.request.settings),
            successor=plan.successor,
            standby=plan.request.standby,
            intent=intent_of(plan.request),
        )

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> RecordedPlan:
        """Read what :meth:`to_record` made. Raises ValueError, KeyError, TypeError or InvalidInput for others."""
        target, loss = record["target"], record["loss"]
        return cls(
            **{name: record[name] for name in _PLAIN},
            target=RecoveryTarget.parse(target["kind"], target["text"], inclusive=record["inclusive"]),
            chain=tuple(record["chain"]),
            backup_stop_time=parse_instant(record["backup_stop_time"]),
            backup_stop_lsn=Lsn.parse(record["backup_stop_lsn"]),
            stop_lsn=Lsn.parse(record["stop_lsn"]),
            last_replayed=_event(record["last_replayed"]),
            first_not_replayed=_event(record["first_not_replayed"]),
            segments_not_archived=tuple(record["segments_not_archived"]),
            tablespaces={int(oid): location for oid, location in record["tablespaces"].items()},
            disks=tuple(DiskNeed(**disk) for disk in record["disks"]),
            loss=Loss(loss["commits"], loss["complete"], _event(loss["last_commit"])),
            notes=tuple(record["notes"]),
            # Earlier versions wrote none of these.
            silenced=dict(record.get("silenced", {})),
            settings=tuple(record.get("settings", ())),
            successor=record.get("successor", False) is True,
            standby=record.get("standby", False) is True,
            intent=read_intent(record.get("intent", {})),
        )

    def to_record(self) -> dict[str, Any]:
        """The plan as plain data, as the journal keeps it."""
        return {**self.to_dict(), "intent": dict(self.intent)}

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain data, as people see it."""
        return {
            "cluster": self.cluster,
            "target": {"kind": self.target.kind, "text": str(self.target)},
            "inclusive": self.target.inclusive,
            "action": self.action,
            "in_place": self.in_place,
            "backup": self.backup,
            "chain": list(self.chain),
            "backup_stop_time": format_instant(self.backup_stop_time),
            "backup_stop_lsn": str(self.backup_stop_lsn),
            "timeline": self.timeline,
            "current_timeline": self.current_timeline,
            "stop_lsn": str(self.stop_lsn),
            "last_replayed": event_to_dict(self.last_replayed),
            "first_not_replayed": event_to_dict(self.first_not_replayed),
            "first_segment": self.first_segment,
            "last_segment": self.last_segment,
            "segments": self.segments,
            "segments_not_archived": list(self.segments_not_archived),
            "data_directory": self.data_directory,
            "port": self.port,
            "data_directory_lost": self.data_directory_lost,
            "kept_directory": self.kept_directory,
            "tablespaces": {str(oid): location for oid, location in self.tablespaces.items()},
            "disks": [_disk_to_dict(disk) for disk in self.disks],
            "loss": {
                "commits": self.loss.commits,
                "complete": self.loss.complete,
                "last_commit": event_to_dict(self.loss.last),
            },
            "notes": list(self.notes),
            "silenced": dict(self.silenced),
            "settings": list(self.settings),
            "successor": self.successor,
            "standby": self.standby,
        }


def event_to_dict(event: WalEvent | None) -> dict[str, Any] | None:
    """One end of a transaction as plain data."""
    if event is None:
        return None
    return {
        "lsn": str(event.lsn),
        "kind": event.kind,
        "xid": event.xid,
        "time": format_instant(event.moment) if event.moment else None,
    }


def _event(record: Mapping[str, Any] | None) -> WalEvent | None:
    if record is None:
        return None
    moment = parse_instant(record["time"]) if record["time"] else None
    return WalEvent(Lsn.parse(record["lsn"]), record["kind"], record["xid"], moment)


def _disk_to_dict(disk: DiskNeed) -> dict[str, Any]:
    return {"directory": disk.directory, "needed_bytes": disk.needed_bytes, "free_bytes": disk.free_bytes}


__all__ = ("RecordedPlan", "event_to_dict")
