# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters as metrics, in the text format of Prometheus (version 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..archiving.archiver_state import ArchiverState
from .cluster_summary import ClusterSummary

# The names with what they count, in the order in which they are written.
_HELP = {
    "pgpitr_repository_readable": "Whether the cluster's repository could be read.",
    "pgpitr_newest_backup_age_seconds": "How long ago the newest backup ended that can be restored.",
    "pgpitr_gaps": "Gaps in the archived WAL.",
    "pgpitr_attention": "How many things somebody has to look at.",
    "pgpitr_server_answers": "Whether the server could be asked.",
    "pgpitr_archiving": "Whether the server archives at all.",
    "pgpitr_archive_failing": "Whether archiving fails.",
    "pgpitr_archive_ready_files": "WAL files that wait to be archived.",
    "pgpitr_archive_ready_bytes": "Size of the segments that wait to be archived.",
    "pgpitr_archive_oldest_ready_seconds": "How long the oldest of them has waited.",
    "pgpitr_archive_queue_max_bytes": "How much may wait without a warning (pitr_archiving_queue_max_bytes).",
    "pgpitr_archive_loss_bytes": "WAL that only the host has.",
    "pgpitr_archive_loss_seconds": "Estimate: for how long the changes were made that would be lost with the host.",
    "pgpitr_archive_archived_per_second": "Segments archived a second, of late.",
    "pgpitr_archive_finished_per_second": "Segments finished by the server a second, of late.",
    "pgpitr_wal_directory_bytes": "Size of the segments in pg_wal.",
    "pgpitr_wal_directory_free_bytes": "Free space on the file system of pg_wal.",
    "pgpitr_repository_lacking_segments": "Segments that a further repository lacks of those of the first one.",
    "pgpitr_repository_failing": "Whether a further repository cannot be read or written.",
    "pgpitr_wal_kept_bytes": "WAL that the server keeps for another reason than archiving.",
    "pgpitr_wal_holder_seconds": "How long the transaction is open for which a slot keeps WAL that its receiver has.",
}


@dataclass(frozen=True)
class WatchedCluster:
    """A cluster by name: its ``summary``, ``None`` where the repository could not be read, and its archiving."""

    name: str
    summary: ClusterSummary | None
    archiver: ArchiverState | None


@dataclass(frozen=True)
class _Sample:
    name: str
    value: float
    labels: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in self.labels)
        value = repr(self.value) if isinstance(self.value, float) else str(int(self.value))
        return f"{self.name}{{{labels}}} {value}"


def metrics_text(clusters: Sequence[WatchedCluster]) -> str:
    """Every metric that is known; what is not known is left out, so that nothing looks like zero."""
    samples = [sample for cluster in clusters for sample in _of_cluster(cluster)]
    lines = []
    for name, what in _HELP.items():
        own = [str(sample) for sample in samples if sample.name == name]
        if own:
            lines += [f"# HELP {name} {what}", f"# TYPE {name} gauge", *own]
    return "".join(f"{line}\n" for line in lines)


def _of_cluster(cluster: WatchedCluster) -> Iterator[_Sample]:
    label = ("cluster", cluster.name)
    for name, value in (*_catalogue(cluster.summary), *_archiving(cluster.archiver)):
        if value is not None:
            yield _Sample(f"pgpitr_{name}", value, (label,))
    for kept in cluster.archiver.kept_wal if cluster.archiver else ():
        yield _Sample("pgpitr_wal_kept_bytes", kept.size_bytes, (label, ("by", kept.by), ("name", kept.name)))
        if kept.holder is not None and kept.holder.age_seconds is not None:
            held = (label, ("name", kept.name), ("transaction", kept.holder.kind))
            yield _Sample("pgpitr_wal_holder_seconds", kept.holder.age_seconds, held)
    for other in cluster.archiver.others if cluster.archiver else ():
        labels = (label, ("repository", other.name))
        yield _Sample("pgpitr_repository_failing", bool(other.error or other.failure), labels)
        if other.lacking_count is not None:
            yield _Sample("pgpitr_repository_lacking_segments", other.lacking_count, labels)


def _catalogue(summary: ClusterSummary | None) -> Iterator[tuple[str, float | None]]:
    yield "repository_readable", summary is not None
    if summary is not None:
        newest = summary.newest_backup
        yield "newest_backup_age_seconds", None if newest is None else summary.age_seconds(newest)
        yield "gaps", len(summary.gaps)
        yield "attention", len(summary.attention)


def _archiving(archiver: ArchiverState | None) -> Iterator[tuple[str, float | None]]:
    if archiver is None:
        return
    yield "server_answers", archiver.server_error is None
    yield "archiving", archiver.is_active
    yield "archive_failing", archiver.failing_on is not None
    yield "archive_ready_files", archiver.ready_count
    yield "archive_oldest_ready_seconds", round(archiver.oldest_ready_seconds, 1)
    yield "archive_loss_bytes", archiver.lag.size_bytes
    yield "archive_loss_seconds", archiver.lag.loss_seconds
    yield "archive_archived_per_second", archiver.rate.archived_per_second
    yield "archive_finished_per_second", archiver.rate.finished_per_second
    if archiver.room is not None:
        yield "archive_ready_bytes", archiver.room.ready_bytes
        yield "archive_queue_max_bytes", archiver.room.queue_max_bytes
        yield "wal_directory_bytes", archiver.room.used_bytes
        yield "wal_directory_free_bytes", archiver.room.free_bytes


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


__all__ = ("WatchedCluster", "metrics_text")
