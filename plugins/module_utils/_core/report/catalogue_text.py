# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters with their backups, windows and gaps, as text for people."""

from __future__ import annotations

from collections.abc import Sequence

from ..archiving.archiver_state import ArchiverState
from ..catalogue.gap import Gap
from ..catalogue.record import Backup
from ..catalogue.running_backup import RunningBackup, running_text
from ..catalogue.window import Window
from ..wording import begin_text, moment_text, size_text, span_text
from .archiver_text import archiver_attention, archiver_lines
from .cluster_summary import ClusterSummary, GapLoss


def info_text(clusters: Sequence[ClusterSummary]) -> str:
    """Every cluster with its backups, windows and gaps; ends with a line break."""
    if not clusters:
        return "The repository has no cluster.\n"
    return "\n".join(_cluster_text(cluster) for cluster in clusters)


def unread_cluster_text(name: str, *, archiver: ArchiverState | None) -> str:
    """A cluster whose repository could not be read, with what its host knows; ends with a line break."""
    lines = [f"{name}  (its repository could not be read)", *archiver_lines(archiver)]
    lines += [f"  ATTENTION {sentence}" for sentence in (archiver_attention(archiver) if archiver else ())]
    return "\n".join(lines) + "\n"


def _cluster_text(cluster: ClusterSummary) -> str:
    lines = [f"{cluster.name}  (system identifier {cluster.system_identifier})"]
    lines += _running(cluster.running_backup)
    lines += [_backup_line(backup, cluster=cluster) for backup in cluster.backups] or ["  no backup"]
    lines += [_window_line(window) for window in cluster.windows] or ["  nothing can be recovered"]
    lines += [f"  gap       {gap_text(gap, loss=cluster.loss_by(gap))}" for gap in cluster.gaps]
    lines += [f"  damaged   backup {label}: {reason}" for label, reason in cluster.damaged_backups]
    lines += archiver_lines(cluster.archiver)
    lines += [f"  ATTENTION {sentence}" for sentence in cluster.attention]
    return "\n".join(lines) + "\n"


def _running(running: RunningBackup | None) -> list[str]:
    return [] if running is None else [f"  running   {running_text(running)}"]


def _backup_line(backup: Backup, *, cluster: ClusterSummary) -> str:
    return (
        f"  backup    {backup.label:<30} ended {begin_text(backup.stop_time)}  timeline {backup.timeline}"
        f"  {size_text(backup.size_bytes):>10}, {size_text(backup.stored_bytes)} stored"
        + _remarks(backup, cluster=cluster)
    )


def _remarks(backup: Backup, *, cluster: ClusterSummary) -> str:
    chain, text = cluster.catalogue.chains.get(backup.label), ""
    if chain and chain.link_count > 1:
        text += f"  chain of {chain.link_count} from {chain.full}"
    if backup.label not in cluster.catalogue.usable:
        text += f"  NOT USABLE: {'its WAL is missing' if chain else 'a link of its chain is missing or damaged'}"
    for pin in cluster.pins.get(backup.label, ()):
        until = f" until {moment_text(pin.until)}" if pin.until else ""
        text += f"  {'pinned' if pin.is_active(cluster.seen_at) else 'was pinned'}{until}: {pin.reason}"
    return text


def _window_line(window: Window) -> str:
    return f"  window    {_span(window)}  {_path(window)}  {window.start} to {window.end}"


def _span(window: Window) -> str:
    if window.to_time is None:
        return f"{begin_text(window.from_time)} to ? (the time of the last commit is not known)"
    if window.to_time == window.from_time:
        return f"{begin_text(window.from_time)}, the end of the backup, alone (no commit since)"
    return span_text(window.from_time, window.to_time)


def _path(window: Window) -> str:
    switches = "".join(f"{switch.timeline} until {switch.lsn}, " for switch in window.switches)
    return f"timeline {switches}{window.timeline}"


def gap_text(gap: Gap, *, loss: GapLoss) -> str:
    """A gap in words, with what is lost by it."""
    first, last = gap.first_segment, gap.last_segment
    what = f"{first} is" if first == last else f"{first} to {last} are"
    since = f"after {moment_text(loss.since)}" if loss.since else "after it"
    if loss.until is None:
        return f"{what} {gap.reason}: nothing {since} can be recovered until the next backup is taken"
    return f"{what} {gap.reason}: nothing {since} and before {begin_text(loss.until)} can be recovered"


__all__ = ("gap_text", "info_text", "unread_cluster_text")
