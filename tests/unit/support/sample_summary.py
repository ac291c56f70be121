# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Summaries of a made-up cluster, by hours of one day: at each hour its WAL is a thousand bytes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.catalogue import Catalogue
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain_index import ChainSummary
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.gap import Gap
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.window import Window
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.cluster_summary import ClusterSummary
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from sample_backup import sample_backup

NOW = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)


def moment(text: str) -> datetime:
    """A time of the day, such as ``08:00`` or ``08:00:00.500``."""
    return datetime.fromisoformat(f"2026-09-15T{text}").replace(tzinfo=timezone.utc)


def at(hour: float) -> Lsn:
    """The position at an hour of the day."""
    return Lsn(max(0, int(hour * 1000)))


def backup_ended(hours_ago: float, label: str, *, timeline: int = 1) -> Backup:
    """A backup of 1 GiB in the repository."""
    return sample_backup(
        label,
        stop_time=NOW - timedelta(hours=hours_ago),
        stop_lsn=at(12 - hours_ago),
        timeline=timeline,
        stored_bytes=1 << 30,
    )


def window_of(start: str, end: str | None, *, timeline: int = 1, upto: float = 24) -> Window:
    """From one time of the day to another; ``upto`` is the hour at which its WAL ends."""
    last = None if end is None else moment(end)
    return Window(at(float(start[:2])), at(upto), timeline, "b", moment(start), last)


def sample_summary(
    backups: Sequence[Backup] = (),
    windows: Sequence[Window] = (),
    *,
    links: Mapping[str, int] | None = None,
    without_wal: Sequence[str] = (),
    without_chain: Sequence[str] = (),
    gaps: Sequence[Gap] = (),
    **known: Any,
) -> ClusterSummary:
    """The cluster ``db1`` with one archived segment; every backup is full and usable but for what is given."""
    whole = [each for each in backups if each.label not in without_chain]
    catalogue = Catalogue(
        backups=tuple(backups),
        windows=tuple(windows),
        gaps=tuple(gaps),
        usable=frozenset(each.label for each in whole if each.label not in without_wal),
        chains={each.label: ChainSummary("f", (links or {}).get(each.label, 1), 1) for each in whole},
    )
    return ClusterSummary("db1", "7", catalogue, **{"seen_at": NOW, "segment_count": 1, **known})
