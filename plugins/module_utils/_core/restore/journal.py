# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of a restore: what has to be known to finish or to undo it after a crash at any point."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..errors import Damaged
from ..postgres.cluster import Cluster, ServiceName
from ..wal.segment import SegmentSize
from .swap_pair import SwapPair

SWAPPING = "swapping"
SWAPPED = "swapped"
PROMOTED = "promoted"
PAUSED = "paused"
STOPPED = "stopped"
UNDOING = "undoing"
_FINISHED = (PROMOTED, PAUSED, STOPPED)
_FORMAT = 1


@dataclass(frozen=True)
class RestoreJournal:
    """One restore from the moment before the first change of the living cluster.

    ``source`` is the cluster as it was before, ``directory`` and ``port`` are the restored server's. ``plan`` is the
    plan as data. ``staged`` are the settings in its postgresql.auto.conf, ``earlier_auto`` that file's text before.
    ``wal_end`` is how far the old cluster's WAL reached when it was stopped (``None``: unknown). ``reached`` is filled
    when the recovery is over. Times are ISO 8601 in UTC.
    """

    phase: str
    source: Cluster
    in_place: bool
    directory: str
    port: int
    pairs: tuple[SwapPair, ...]
    was_running: bool
    plan: Mapping[str, Any]
    staged: Mapping[str, str]
    earlier_auto: str
    hot_standby: bool
    started: str
    wal_end: str | None = None
    reached: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> RestoreJournal:
        """Read the file's text. Raises Damaged (``journal-damaged``)."""
        try:
            record = json.loads(text)
            if record.pop("format") != _FORMAT:
                raise ValueError("unknown format")
            source = _cluster(record.pop("source"))
            pairs = tuple(SwapPair(**pair) for pair in record.pop("pairs"))
            return cls(source=source, pairs=pairs, **record)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Damaged(
                f"the journal of a restore cannot be read: {error}",
                code="journal-damaged",
                hint="It lies beside the data directory; look at the directories there and put the right one in place.",
            ) from error

    def __str__(self) -> str:
        return json.dumps({"format": _FORMAT, **asdict(self)}, indent=1) + "\n"

    @property
    def is_finished(self) -> bool:
        """Whether the restore came to its end: promoted, paused or stopped as it was meant."""
        return self.phase in _FINISHED

    @property
    def restored(self) -> Cluster:
        """The restored server as a cluster; in place it is the source with nothing known of a running process."""
        if self.in_place:
            return replace(self.source, running=False, postmaster_pid=None, is_lost=False)
        return copy_of(self.source, directory=self.directory, port=self.port)

    def at(self, phase: str, **changes: Any) -> RestoreJournal:
        """The journal at a later phase."""
        return replace(self, phase=phase, **changes)

    def restores_same(self, plan: Mapping[str, Any]) -> bool:
        """Whether a plan as data leads to where this restore went: cluster, place, target and its edges."""
        keys = ("cluster", "target", "inclusive", "in_place", "data_directory")
        return all(self.plan.get(key) == plan.get(key) for key in keys)


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


def _cluster(record: dict[str, Any]) -> Cluster:
    record["service"] = ServiceName(**record["service"])
    record["segment_size"] = SegmentSize(**record["segment_size"])
    record["start_options"] = tuple(record["start_options"])
    record["tablespaces"] = {int(oid): location for oid, location in record["tablespaces"].items()}
    return Cluster(**record)


__all__ = (
    "PAUSED",
    "PROMOTED",
    "STOPPED",
    "SWAPPED",
    "SWAPPING",
    "UNDOING",
    "RestoreJournal",
    "copy_of",
)
